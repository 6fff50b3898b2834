"""Arrays: their type, and the scale of pixels."""

from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


MAX_PIXEL = 255
