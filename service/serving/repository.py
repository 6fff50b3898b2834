"""The models: the champion, and beside it every version that a request names."""

import re
from collections import OrderedDict
from threading import Lock

from model.errors import NotFoundError, NumeralError
from model.registry.registry import CHAMPION, Registry
from service.errors import NOT_FOUND, NOT_READY, RequestError
from service.event_loop.long_work import expect_thread
from service.event_loop.loop_turn import Turn
from service.serving.servable import Champion, Served, load

KEPT = 4  # versions that stay in memory beside the champion
NUMBER = re.compile(r"[1-9][0-9]{0,17}")


class Models:
    """What this process can answer with.

    Args:
        registry: of the model.
        turn: of the loop, where there is one.

    Attributes:
        name: of the model.
        champion: what answers where no version is named.
    """

    def __init__(self, registry: Registry, turn: Turn | None = None) -> None:
        self.name = registry.name
        self.champion = Champion(registry, turn)
        self._registry, self._turn = registry, turn
        self._loaded: OrderedDict[int, Served] = OrderedDict()
        self._lock, self._loading = Lock(), Lock()

    def current(self) -> Served:
        """The champion, taken once in a request, so that an answer never mixes versions.

        Raises:
            RequestError: 503, there is none yet.
        """
        if self.champion.current is None:
            raise RequestError(NOT_READY, f"no model is served yet: {self.champion.failure}")
        return self.champion.current

    def of(self, name: str, version: str | None = None, alias: str | None = None) -> Served:
        """What a request names: the champion, a version, or what an alias points to.

        Raises:
            RequestError: 404, there is no such model, version or alias; 503, it cannot be served.
        """
        self.check(name)
        if version is None and alias in (None, CHAMPION):
            return self.current()
        try:
            return self._version(self._registry.resolve(alias or "") if version is None else _number(version))
        except NotFoundError:
            what = f"alias {alias!r}" if version is None else f"version {version!r}"
            raise RequestError(NOT_FOUND, f"{self.name} has no {what[:80]}") from None
        except (NumeralError, OSError, MemoryError) as error:
            raise RequestError(NOT_READY, f"this version cannot be served: {error}") from None

    def check(self, name: str) -> None:
        """Hold a name to the model's.

        Raises:
            RequestError: 404, it is another.
        """
        if name != self.name:
            raise RequestError(NOT_FOUND, f"model: expected {self.name}, got {name[:40]!r}")

    def versions(self) -> list[int]:
        """All that can be named, the newest first."""
        return sorted(self._registry.versions(), reverse=True)

    def aliases(self) -> dict[str, int]:
        """Where each alias points; none where the registry does not tell."""
        try:
            return self._registry.aliases()
        except (NumeralError, OSError):
            return {}

    def _version(self, number: int) -> Served:
        champion = self.champion.current
        if champion and champion.manifest.version == number:
            return champion
        return self._recent(number) or self._load(number)

    def _recent(self, number: int) -> Served | None:
        with self._lock:
            served = self._loaded.get(number)
            if served and self._is_replaced(served):
                return None
            if served:
                self._loaded.move_to_end(number)
            return served

    def _is_replaced(self, served: Served) -> bool:
        """Whether another version has its number now, as a backup may bring; no damage replaces anything."""
        try:
            return self._registry.manifest(served.manifest.version) != served.manifest
        except (NumeralError, OSError):
            return False

    def _load(self, number: int) -> Served:
        expect_thread()
        with self._loading:  # loads of one version at once are one load
            served = self._recent(number) or load(self._registry, number, self._turn)
        with self._lock:
            self._loaded[number] = served
            while len(self._loaded) > KEPT:
                self._loaded.popitem(last=False)
        return served


def _number(version: str) -> int:
    if not NUMBER.fullmatch(version):
        raise NotFoundError(version)
    return int(version)
