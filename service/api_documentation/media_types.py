"""Media types: which one is accepted; what is said of a body without a schema, and an example of it."""

from flask import request
from werkzeug.datastructures import MIMEAccept

EXAMPLE = "x-example-file"
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
    form = {} if mimetype.startswith("text/") else {"format": "binary"}
    return {"type": "string", **form, "description": WORDS[mimetype]}


def preferred(*offered: str) -> str:
    """Return the type that a request accepts best: the first where it does not say, or accepts none.

    Parameters of a type in `Accept` narrow nothing down. Of types that are accepted alike, the first in it is
    taken.
    """
    given = [(mimetype.partition(";")[0].strip(), quality) for mimetype, quality in request.accept_mimetypes]
    accepted = MIMEAccept(given)
    return accepted.best_match(sorted(offered, key=accepted.find), default=offered[0])


def example(mimetype: str) -> dict[str, str]:
    """Of a request's body: the path of a file; none where its schema has some.

    It is no `externalValue` of OpenAPI's, which generators of clients would try to open.
    """
    return {EXAMPLE: DIGIT + EXAMPLES[mimetype]} if mimetype in EXAMPLES else {}
