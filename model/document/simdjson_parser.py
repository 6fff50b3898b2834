"""simdjson as a parser of JSON: numbers go straight into a buffer, without an object of Python's for each."""

from typing import Any

import simdjson

from model.document.orjson_parser import BeyondError, NotJsonError, TooDeepError

KINDS = {"NUMBER_ERROR": BeyondError, "BIGINT_ERROR": BeyondError, "DEPTH_ERROR": TooDeepError}


class Parser:
    """A parser that keeps its buffers; it cannot be used again while something refers to what it read."""

    def __init__(self) -> None:
        self._parser = simdjson.Parser()

    def parse(self, raw: bytes) -> Any:
        """What a text says: simdjson's objects and arrays, or a value of Python's.

        Raises:
            BeyondError: it may hold a number that is beyond 64 bits or float64.
            TooDeepError: it is nested deeper than 1024 levels.
            NotJsonError: it is not JSON in UTF-8.
            RuntimeError: something refers to what was read before.
        """
        try:
            return self._parser.parse(raw)
        except (ValueError, RuntimeError) as error:
            if "re-use" in str(error):
                raise
            kind = next((kind for word, kind in KINDS.items() if word in str(error)), NotJsonError)
            raise kind(str(error)) from None
