"""Parameters: what a request, an input or an output says beside its own keys."""

from typing import Any, NoReturn

from service.errors import BAD_REQUEST, RequestError
from service.inputs.json_body import expect, fields

SHARED_MEMORY = "shared_memory_region"
PARAMETERS = (
    *("binary_data_output", "binary_data_size", "binary_data", "classification", "max_value"),
    SHARED_MEMORY,
)


def parameters_of(holder: dict[str, Any], where: str) -> dict[str, Any]:
    """The parameters of what holds them.

    Raises:
        RequestError: 400 or 422, they are no object, or name shared memory.
    """
    said = holder.get("parameters")
    parameters = {} if said is None else fields(said, f"{where}parameters", (), PARAMETERS)
    if SHARED_MEMORY in parameters:
        refuse(f"{where}parameters.{SHARED_MEMORY}: expected none, since memory is not shared")
    return parameters


def flag(parameters: dict[str, Any], name: str, where: str, *, default: bool) -> bool:
    """A parameter that is true or false.

    Raises:
        RequestError: 422, it is neither.
    """
    found: bool = expect(parameters.get(name, default), "true or false", f"{where}.{name}")
    return found


def refuse(message: str) -> NoReturn:
    """Answer 400."""
    raise RequestError(BAD_REQUEST, message)
