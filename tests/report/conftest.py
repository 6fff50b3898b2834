"""Fixtures for the report: documents with every fact that it can show."""

import base64
import io
from collections.abc import Callable

import pytest
from PIL import Image

from model.document.document import Document
from model.network.network import Network

CLASSES = ("no", "yes", "perhaps")


@pytest.fixture
def image() -> str:
    """A PNG in base64."""
    content = io.BytesIO()
    Image.new("L", (4, 4), 200).save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()


@pytest.fixture
def facts(image) -> dict[str, dict]:
    """Everything that the pipeline tells of a version of three classes."""
    mistakes = [
        {"index": 321, "true": "no", "predicted": "yes", "confidence": 0.98, "image": image},
        {"index": 17, "true": "perhaps", "predicted": "no", "confidence": 0.91, "image": image},
    ]
    return {
        "metrics": {
            "accuracy": 0.8,
            "confusion": [[8, 2, 0], [1, 9, 0], [3, 0, 7]],
            "precision": [0.66, 0.81, 1.0],
            "recall": [0.8, 0.9, 0.7],
            "calibration_error": 0.031,
            "calibration": [
                {"from": 0.6, "to": 0.8, "answers": 10, "confidence": 0.7, "accuracy": 0.5},
                {"from": 0.8, "to": 1.0, "answers": 20, "confidence": 0.9, "accuracy": 0.95},
            ],
            "sure_from": 0.8,
            "mistakes": mistakes,
        },
        "training": {
            "recipe": "quick",
            "seconds": 12.4,
            "deformation": {"shift": 1.0, "steady": ["1", "7"]},
            "history": [
                {
                    "epoch": epoch,
                    "training_cost": 1 / epoch,
                    "training_accuracy": 1 - 0.4 / epoch,
                    "validation_cost": 1.2 / epoch,
                    "validation_accuracy": 1 - 0.5 / epoch,
                }
                for epoch in (1, 2, 3, 4)
            ],
        },
        "dataset": {"name": "mnist", "sizes": {"train": 100, "test": 30}},
        "lineage": {
            "git_commit": "d8d65ea",
            "notes": [],
            "comparison": {
                "version": 3,
                "both_right": 20,
                "gained": 4,
                "lost": 2,
                "both_wrong": 4,
                "p": 0.89,
            },
        },
    }


@pytest.fixture
def make_told(make_document, facts) -> Callable[..., Document]:
    """Build a document that tells everything, but for what a test changes: `metrics__accuracy=None`."""

    def make(**changes) -> Document:
        others = {}
        for path, value in changes.items():
            part, _, key = path.partition("__")
            if key:
                facts[part][key] = value
            else:
                others[part] = value
        told = {"network": make_network(), "classes": CLASSES, "version": 4} | facts | others
        return make_document(shape=(4, 4), **told)

    def make_network():
        network = Network.build((16, 5, 3), ("relu", "softmax"), "categorical_cross_entropy")
        network.parameters.flat[:] = range(-50, len(network.parameters.flat) - 50)
        return network

    return make


@pytest.fixture
def told(make_told) -> Document:
    return make_told()
