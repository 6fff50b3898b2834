"""Tensors in bytes: what follows a request's JSON, as long as each tensor's parameters say."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from service.inputs.json_body import expect
from service.protocols.open_inference.parameters import refuse

JSON_LENGTH = "Inference-Header-Content-Length"


def check_size(size: Any, expected: int, where: str) -> None:
    """Hold a `binary_data_size` to what shape and datatype make it.

    Raises:
        RequestError: 400 or 422, it is another.
    """
    place = f"{where}.parameters.binary_data_size"
    if expect(size, "a whole number", place) != expected:
        refuse(f"{place}: expected {expected}, as shape and datatype have it, got {size}")


def parts_of(raw: memoryview | None, sizes: Sequence[int]) -> list[memoryview]:
    """The bytes of each tensor that comes so.

    Args:
        raw: all that follow the JSON; None where no header says where that ends.
        sizes: of the tensors.

    Raises:
        RequestError: 400, they are more or fewer.
    """
    if raw is None:
        refuse(f"{JSON_LENGTH}: expected, since a tensor comes in bytes; got none")
    if len(raw) != sum(sizes):
        refuse(f"body: expected {sum(sizes)} bytes after the JSON, got {len(raw)}")
    return [raw[start:end] for start, end in pairwise(accumulate(sizes, initial=0))]
