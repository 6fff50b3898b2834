"""The page: what it tells of a version, in words, and which versions it offers."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from model.registry.registry import CHAMPION
from service.images import image_files
from service.serving.repository import Models
from service.serving.servable import Served

MODULES = (
    *(
        "page.js",
        "answer.js",
        "api_client.js",
        "version_choice.js",
        "drawing_history.js",
        "heat_map.js",
        "stroke_painter.js",
        "keyboard.js",
    ),
    *(
        "request_throttle.js",
        "image_upload.js",
        "pixel_canvas.js",
        "drawing_canvas.js",
        "service_status.js",
        "explanation.js",
    ),
)
OFFERED = 24  # versions, the newest; others are named in the page's address
SAMPLES = 20  # test images that are offered
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
BUNDLED = "digits"
FEW = "It learned from the 1,797 digits that come with the project, not from MNIST: it is wrong more often."


def told(served: Served) -> dict[str, Any]:
    """What the template says of a version; whatever the document leaves open is left out."""
    document = served.document
    takes_images = image_files.are_taken(document.input)
    return {
        "model": served.description(),
        "draws": takes_images,
        "noun": "digit" if set(document.classes) <= set("0123456789") else "picture",
        "accuracy": _percent(document.metrics.get("accuracy")),
        "tested": _tested(document.dataset.get("sizes"), len(document.input.shape)),
        "seconds": _seconds(document.training.get("seconds")),
        "notices": _notices(served),
        "samples": _samples(document.dataset.get("samples")) if takes_images else [],
        "byline": _byline(served),
        "modules": MODULES,
    }


def choices(models: Models, asked: Mapping[str, str]) -> dict[str, Any]:
    """The versions that can be chosen, as queries and names, and which of them is `asked` for."""
    aliases = models.aliases()
    others = sorted(alias for alias in aliases if alias != CHAMPION)
    offered = {
        "": f"champion ({models.current().version})",
        **{f"alias={alias}": f"{alias} ({aliases[alias]})" for alias in others},
        **{f"version={number}": f"version {number}" for number in models.versions()[:OFFERED]},
    }
    chosen = "" if asked == {"alias": CHAMPION} else urlencode(asked)
    return {"choices": {chosen: " ".join(("version", *asked.values()))} | offered, "chosen": chosen}


def _byline(served: Served) -> str:
    document = served.document
    accuracy = _percent(document.metrics.get("accuracy"))
    dataset = document.dataset.get("name")
    learned = f"the bundled {dataset}" if dataset == BUNDLED else dataset
    facts = [f"Version {served.version}", accuracy, learned, document.created_at[:10]]
    return " · ".join(str(fact) for fact in facts if fact)


def _notices(served: Served) -> list[Any]:
    if served.document.dataset.get("name") == BUNDLED and not served.notes:
        return [FEW]
    return served.notes


def _percent(share: Any) -> str | None:
    return f"{100 * share:.2f}\u00a0%" if _is_number(share) else None


def _seconds(seconds: Any) -> str | None:
    return f"{seconds:.1f} s" if _is_number(seconds) else None


def _tested(sizes: Any, dimensions: int) -> str | None:
    examples = sizes.get("test") if isinstance(sizes, Mapping) else None
    what = "images" if dimensions > 1 else "examples"
    return f"{examples:,} test {what}" if _is_number(examples) else None


def _samples(samples: Any) -> list[dict[str, Any]]:
    found = samples if isinstance(samples, list) else []
    return [sample for sample in found if _is_sample(sample)][:SAMPLES]


def _is_sample(sample: Any) -> bool:
    image = sample.get("image") if isinstance(sample, dict) else None
    return isinstance(image, str) and BASE64.fullmatch(image) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
