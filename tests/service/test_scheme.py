"""Which scheme a client speaks, as headers of proxies say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.scheme import SECURE, scheme_of

HEADERS = st.lists(
    st.tuples(st.sampled_from([*SECURE, "HOST"]), st.text() | st.sampled_from(("https", "on", "off")))
)


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({}, "spoken"),
        ({"HOST": "https"}, "spoken"),
        ({"X-FORWARDED-PROTO": "https"}, "https"),
        ({"X-FORWARDED-PROTO": "HTTPS"}, "https"),
        ({"X-FORWARDED-PROTO": "https, http"}, "https"),
        ({"X-FORWARDED-PROTO": "http,https"}, "http"),
        ({"X-FORWARDED-PROTO": "wss"}, "http"),
        ({"X-FORWARDED-PROTO": ""}, "spoken"),
        ({"X-FORWARDED-PROTOCOL": "ssl"}, "https"),
        ({"X-FORWARDED-SSL": "on"}, "https"),
        ({"X-FORWARDED-SSL": "off"}, "http"),
        ({"X-FORWARDED-SSL": "off", "X-FORWARDED-PROTO": "https"}, "https"),
        ({"X-FORWARDED-PROTO": "http", "X-FORWARDED-SSL": "on"}, "http"),
    ],
)
def test_the_first_header_that_says_so_counts(headers, scheme):
    assert scheme_of(headers.items(), "spoken") == scheme


def test_of_one_header_several_times_the_first_counts():
    headers = [("X-FORWARDED-PROTO", "https"), ("X-FORWARDED-PROTO", "http")]
    assert scheme_of(headers, "http") == "https"


@given(headers=HEADERS)
def test_whatever_they_say_there_is_a_scheme(headers):
    assert scheme_of(headers, "http") in ("http", "https")
