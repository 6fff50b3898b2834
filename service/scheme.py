"""The scheme that a client speaks, as proxies say: whatever they say, no request is refused for it."""

from collections.abc import Iterable

HTTP, HTTPS = "http", "https"
SECURE = {  # by header, what says that it is HTTPS; the first that a request has counts
    "X-FORWARDED-PROTO": ("https",),
    "X-FORWARDED-PROTOCOL": ("https", "ssl"),
    "X-FORWARDED-SSL": ("on",),
}


def scheme_of(headers: Iterable[tuple[str, str]], spoken: str) -> str:
    """Return the scheme that a request's client speaks.

    Args:
        headers: of the request, their names in capitals; of several values the first is the client's.
        spoken: scheme of the connection, where no header says another.
    """
    said: dict[str, str] = {}
    for name, value in headers:
        if name in SECURE:
            said.setdefault(name, value.partition(",")[0].strip().lower())
    for name, secure in SECURE.items():
        if said.get(name):
            return HTTPS if said[name] in secure else HTTP
    return spoken
