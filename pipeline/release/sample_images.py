"""Exhibits: examples that a document shows people, with their images: some of each class, and mistakes."""

from base64 import b64encode
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from model.arrays import Array
from pipeline.data.dataset.datasets import Dataset
from pipeline.data.dataset.pixels import MAX_BYTE
from pipeline.training.evaluate import Evaluation

OF_EACH_CLASS = 2
MOST_MISTAKES = 24


def samples(dataset: Dataset) -> list[dict[str, Any]]:
    """The first test examples of each class, where there is something to see."""
    if not _are_images(dataset):
        return []
    labels = dataset.test.true_classes()
    places = [place for label in range(len(dataset.classes)) for place in _first(labels == label)]
    return [
        {"label": dataset.classes[labels[place]], "index": place, "image": _png(dataset, place)}
        for place in places
    ]


def mistakes(dataset: Dataset, evaluation: Evaluation) -> list[dict[str, Any]]:
    """The test examples that were answered wrong, the most confident answer first."""
    labels = dataset.test.true_classes()
    wrong = np.nonzero(evaluation.predicted != labels)[0]
    order = np.argsort(-evaluation.confidence[wrong], kind="stable")[:MOST_MISTAKES]
    return [
        {
            "index": place,
            "true": dataset.classes[labels[place]],
            "predicted": dataset.classes[evaluation.predicted[place]],
            "confidence": float(evaluation.confidence[place]),
            **({"image": _png(dataset, place)} if _are_images(dataset) else {}),
        }
        for place in wrong[order].tolist()
    ]


def _first(where: Array) -> list[int]:
    places: list[int] = np.nonzero(where)[0][:OF_EACH_CLASS].tolist()
    return places


def _are_images(dataset: Dataset) -> bool:
    return len(dataset.input.shape) == len("hw")


def _png(dataset: Dataset, place: int) -> str:
    """A test example as a PNG in base64."""
    row = dataset.test.images[dataset.test.rows[place]]
    pixels = row if row.dtype == np.uint8 else np.round(row * MAX_BYTE).astype(np.uint8)
    file = BytesIO()
    Image.fromarray(pixels.reshape(dataset.input.shape)).save(file, "PNG", optimize=True)
    return b64encode(file.getvalue()).decode()
