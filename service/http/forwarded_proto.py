"""The scheme that a client speaks, as proxies say: whatever they say, no request is refused for it."""

from collections.abc import Mapping
from typing import Any

HTTP, HTTPS = "http", "https"
SECURE = {  # by header, what says that it is HTTPS; the first that a request has counts
    "HTTP_X_FORWARDED_PROTO": ("https",),
    "HTTP_X_FORWARDED_PROTOCOL": ("https", "ssl"),
    "HTTP_X_FORWARDED_SSL": ("on",),
}


def scheme_of(environ: Mapping[str, Any]) -> str | None:
    """Return the scheme that a request's client speaks; None where no header says so.

    Args:
        environ: of the request; of several values of a header the first is the client's.
    """
    for name, secure in SECURE.items():
        if said := environ.get(name, "").partition(",")[0].strip().lower():
            return HTTPS if said in secure else HTTP
    return None
