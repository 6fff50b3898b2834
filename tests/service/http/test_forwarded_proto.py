"""Which scheme a client speaks, as headers of proxies say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.forwarded_proto import SECURE, scheme_of

HEADERS = st.dictionaries(
    st.sampled_from([*SECURE, "HTTP_HOST"]), st.text() | st.sampled_from(("https", "on", "off"))
)


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({}, None),
        ({"HTTP_HOST": "https"}, None),
        ({"HTTP_X_FORWARDED_PROTO": "https"}, "https"),
        ({"HTTP_X_FORWARDED_PROTO": "HTTPS"}, "https"),
        ({"HTTP_X_FORWARDED_PROTO": "https, http"}, "https"),
        ({"HTTP_X_FORWARDED_PROTO": "http,https"}, "http"),
        ({"HTTP_X_FORWARDED_PROTO": "wss"}, "http"),
        ({"HTTP_X_FORWARDED_PROTO": ""}, None),
        ({"HTTP_X_FORWARDED_PROTOCOL": "ssl"}, "https"),
        ({"HTTP_X_FORWARDED_SSL": "on"}, "https"),
        ({"HTTP_X_FORWARDED_SSL": "off"}, "http"),
        ({"HTTP_X_FORWARDED_SSL": "off", "HTTP_X_FORWARDED_PROTO": "https"}, "https"),
        ({"HTTP_X_FORWARDED_PROTO": "http", "HTTP_X_FORWARDED_SSL": "on"}, "http"),
    ],
)
def test_the_first_header_that_says_so_counts(headers, scheme):
    assert scheme_of(headers) == scheme


@given(headers=HEADERS)
def test_whatever_they_say_there_is_a_scheme(headers):
    assert scheme_of(headers) in ("http", "https", None)
