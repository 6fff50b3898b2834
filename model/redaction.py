"""Redaction: URLs in a text lose what may be secret, user info, query and fragment."""

import re

SCHEME = r"[a-z][a-z0-9+.-]*://"
URL = re.compile(rf"({SCHEME})((?:(?!{SCHEME})\S)*)", re.IGNORECASE)
USER_INFO = re.compile(r"[^\s:/'\",]+:[^\s/]*@")  # of a URL whose scheme was left out


def redacted(text: str) -> str:
    """Return the text with each URL as it may be shown, `http://HOST/PATH`; what is no UTF-8 is escaped."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return USER_INFO.sub("", URL.sub(_shown, text))


def _shown(url: re.Match[str]) -> str:
    scheme, rest = url.groups()
    place = _before_query(rest)
    if rest.startswith("/"):  # a file's, of no host
        return scheme + place
    if "@" not in place:  # or in a password that is not quoted as it should be
        place = _before_query(rest.rpartition("@")[2])
    return scheme + place.rpartition("@")[2]


def _before_query(rest: str) -> str:
    return re.split("[?#]", rest, maxsplit=1)[0]
