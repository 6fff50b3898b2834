"""Media types: what is said of a body that no schema describes, and an example of it."""

from typing import Any

DIGIT = "/static/examples/digit."
IMAGE = "An image of any size, dark on light or light on dark."
WORDS = {
    "application/octet-stream": "Numbers of one datatype as bytes, little-endian, row by row.",
    "application/x-npy": "An array, as NumPy writes it.",
    "image/bmp": IMAGE,
    "image/jpeg": IMAGE,
    "image/png": IMAGE,
    "image/webp": IMAGE,
    "text/csv": "Lines of numbers between commas.",
    "text/html": "A page.",
    "text/plain": "Text.",
}
EXAMPLES = {  # the same three in each
    "application/octet-stream": "f32",
    "application/x-npy": "npy",
    "image/bmp": "bmp",
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
    "multipart/form-data": "png",
    "text/csv": "csv",
}


def schema(mimetype: str) -> dict[str, str]:
    """What OpenAPI says of bytes or text."""
    return {"type": "string", "description": WORDS[mimetype]}


def examples(mimetype: str) -> dict[str, Any]:
    """Of a request's body, by name, as OpenAPI has them; none where its schema has some."""
    if mimetype not in EXAMPLES:
        return {}
    return {"examples": {"digit": {"externalValue": DIGIT + EXAMPLES[mimetype]}}}
