"""Publishing: a document becomes a version, and champion or candidate as the gate said."""

from dataclasses import dataclass

from model.document.document import Document
from model.errors import ConflictError
from model.registry.registry import CANDIDATE, CHAMPION, Registry
from pipeline.release.gate import Verdict


@dataclass(frozen=True)
class Published:
    """A version, the alias that it was given, and why."""

    version: int
    alias: str
    reason: str


def publish(registry: Registry, document: Document, verdict: Verdict) -> Published:
    """Store the document, then move `champion` or `candidate` to it.

    A champion that changed since the gate looked at it is not replaced: the new version is a candidate then.

    Raises:
        OSError: the disk is full or cannot be written; what was there before is as it was.
    """
    version = registry.publish(document, verdict.reason).version
    reason = verdict.reason
    if verdict.promoted:
        try:
            registry.promote(version, reason, over=verdict.champion)
        except ConflictError as error:
            reason = f"{error}: compare them and promote by hand"
        else:
            return Published(version, CHAMPION, reason)
    registry.point(CANDIDATE, version, reason)
    return Published(version, CANDIDATE, reason)
