"""The workload: what kind of request takes how long, as far as that was seen, and where it is to run."""

import math
from collections.abc import Mapping
from time import perf_counter
from typing import Any, NamedTuple

LOOP_SECONDS = 0.02  # what takes longer has a thread
LOOP_BYTES, UNSEEN_LOOP_BYTES = 1 << 20, 1 << 18  # what is larger, too; and of a kind that was never seen
FRESH_SECONDS = 1.0  # in which what was seen is believed when a request is to be refused
WEIGHT = 0.2  # of the newest request
BASE_SECONDS, BYTE_SECONDS, LONG_SECONDS = (
    5e-4,
    5e-9,
    0.05,
)  # of what was never seen; of images and what is packed
READS = frozenset(("GET", "HEAD", "OPTIONS"))
PAGES = frozenset(("", "docs", "openapi.json", "models"))  # first parts of paths: reading these takes a while
PLACES = PAGES | {"predict", "explain", "invocations", "v1", "v2"}
JSON, BYTES, FORM, OTHER = "application/json", "application/octet-stream", "multipart/form-data", "other"
X_IMAGE = "application/x-image"  # SageMaker's name of any


class Kind(NamedTuple):
    """Requests that are expected to take about as long.

    Attributes:
        is_read: whether nothing is asked to be computed.
        place: the first part of the path.
        type: of the body.
        is_packed: whether its size says little.
        magnitude: of its size, in bits.
        has_query: whether it asks for more, such as another version.
    """

    is_read: bool
    place: str
    type: str
    is_packed: bool
    magnitude: int
    has_query: bool = False

    @property
    def is_always_long(self) -> bool:
        """Whether it has a thread, whatever its size."""
        if self.is_read:
            return self.place in PAGES
        return self.is_packed or self.type in ("image", FORM) or self.place == "explain"


def kind_of(environ: Mapping[str, Any], size: int) -> Kind:
    """Return the kind of a request with a body of so many bytes."""
    place = environ["PATH_INFO"].split("/", 2)[1:2]
    given = environ.get("CONTENT_TYPE", "")
    if given not in (JSON, BYTES):
        given = given.partition(";")[0].strip().lower()
        is_image = given.startswith("image/") or given == X_IMAGE
        given = "image" if is_image else given if given in (JSON, BYTES, FORM) else OTHER
    return Kind(
        environ["REQUEST_METHOD"] in READS,
        place[0] if place and place[0] in PLACES else OTHER,
        given,
        "HTTP_CONTENT_ENCODING" in environ,
        size.bit_length(),
        bool(environ.get("QUERY_STRING")),
    )


class Workload:
    """What requests took."""

    def __init__(self) -> None:
        self._seen: dict[Kind, tuple[float, float]] = {}  # seconds, and when

    def estimate(self, kind: Kind) -> float:
        """Seconds that a request is expected to take: never none."""
        known = self._seen.get(kind)
        return known[0] if known else _guess(kind)

    def fresh_estimate(self, kind: Kind) -> float:
        """Seconds, where they were seen lately; fewer, where what was slow once might be refused for ever."""
        seconds, when = self._seen.get(kind, (math.inf, 0.0))
        return seconds if perf_counter() - when < FRESH_SECONDS else min(seconds, _guess(kind))

    def is_long(self, kind: Kind) -> bool:
        """Whether a request would hold up the loop."""
        if kind.is_always_long or kind.magnitude > LOOP_BYTES.bit_length():
            return True
        known = self._seen.get(kind)
        if known is None:
            return kind.magnitude > UNSEEN_LOOP_BYTES.bit_length()
        return known[0] > LOOP_SECONDS

    def learn(self, kind: Kind, seconds: float, *, is_good: bool) -> None:
        """Take note of what a request took; errors, which may be found early, make nothing look quicker."""
        known, _ = self._seen.get(kind, (seconds, 0.0))
        if is_good or seconds > known:
            self._seen[kind] = known + WEIGHT * (seconds - known), perf_counter()


def _guess(kind: Kind) -> float:
    return BASE_SECONDS + (1 << kind.magnitude) * BYTE_SECONDS + LONG_SECONDS * kind.is_always_long
