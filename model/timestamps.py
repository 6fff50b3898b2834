"""Time stamps, as documents and the audit log have them."""

from datetime import UTC, datetime


def now() -> str:
    """The time in RFC 3339, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
