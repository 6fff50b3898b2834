"""What is published: every version of the model, to read about; `models` has those that answer."""

from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from model.document.document import describe
from model.errors import NotFoundError, NumeralError
from model.registry.registry import Registry
from report.values.version_history import History, history
from report.version_report import fragment
from service.errors import NOT_FOUND, NOT_READY, RequestError
from service.responses import json_bytes

KEPT = 16  # versions that have been read about; without their weights


@dataclass(frozen=True)
class Account:
    """What is told of a version, which never changes.

    Attributes:
        version: its number.
        description: its document without weights, as JSON.
        report: for people.
    """

    version: int
    description: bytes
    report: Markup


class Published:
    """The versions that a registry holds.

    Args:
        registry: of the model.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._told = lru_cache(KEPT)(self._tell)

    def history(self, name: str) -> History:
        """All of them, and the log.

        Raises:
            RequestError: 404, the model has another name.
        """
        self._check(name)
        return history(self._registry)

    def account(self, name: str, version: str) -> Account:
        """What is told of one.

        Args:
            name: of the model.
            version: its number, or an alias.

        Raises:
            RequestError: 404, there is no such model, version or alias; 503, it is damaged.
        """
        self._check(name)
        try:
            number = self._registry.named(version)
            return self._told(number, str(self._registry.manifest(number).sha256))
        except NotFoundError:
            what = f"{self._registry.name} has no version or alias {version[:80]!r}"
            raise RequestError(NOT_FOUND, what) from None
        except (NumeralError, OSError, MemoryError) as error:
            raise RequestError(NOT_READY, f"this version cannot be told about: {error}") from None

    def aliases(self, version: int) -> list[str]:
        """Those that point to a version now; none where that cannot be read."""
        try:
            return sorted(alias for alias, target in self._registry.aliases().items() if target == version)
        except (NumeralError, OSError):
            return []

    def _tell(self, version: int, _: str) -> Account:
        document, manifest = self._registry.load(version)
        description = json_bytes(describe(document) | {"sha256": manifest.sha256})
        return Account(version, description, fragment(document))

    def _check(self, name: str) -> None:
        if name != self._registry.name:
            raise RequestError(NOT_FOUND, f"model: expected {self._registry.name}, got {name[:40]!r}")
