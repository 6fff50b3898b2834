from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model.errors import SettingsError
from model.redaction import redacted
from model.settings import CORES, FASHION_MNIST_MIRRORS, MNIST_MIRRORS, Settings

ORIGINS = "origins such as https://example.org, separated by commas, or * for any"


def setting(name, text):
    return getattr(Settings.from_environment({f"NUMERAL_{name.upper()}": text}), name)


def refusal(name, text):
    with pytest.raises(SettingsError) as caught:
        setting(name, text)
    return str(caught.value)


def test_defaults():
    assert Settings.from_environment({}) == Settings(
        host="127.0.0.1",
        port=8000,
        trusted_proxies="127.0.0.1,::1",
        model="mnist",
        registry=Path("var/registry"),
        data=Path("var/data"),
        mnist_mirrors=MNIST_MIRRORS,
        fashion_mnist_mirrors=FASHION_MNIST_MIRRORS,
        gate_floor=0.85,
        gate_recall_floor=0.5,
        cores=CORES,
        workers=CORES,
        threads=2,
        request_timeout_ms=5000,
        queue_bytes=256 * 1024 * 1024,
        reload_seconds=1.0,
        body_seconds=60,
        max_body_bytes=33554432,
        max_rows=10_000,
        drain_seconds=30,
    )


def test_workers_are_as_many_as_the_cores_to_use():
    assert Settings.from_environment({"NUMERAL_CORES": "1"}).workers == 1
    assert Settings.from_environment({"NUMERAL_CORES": "1", "NUMERAL_WORKERS": "3"}).workers == 3


def test_other_variables_are_none_of_its_business():
    assert Settings.from_environment({"PATH": "/bin", "numeral_port": "x"}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("host", "0.0.0.0", "0.0.0.0"),
        ("host", "[::1]", "::1"),
        ("host", "::1", "::1"),
        ("trusted_proxies", "*", "*"),
        ("trusted_proxies", "10.0.0.0/8, fd00::/8,192.0.2.1", "10.0.0.0/8,fd00::/8,192.0.2.1"),
        ("port", "0", 0),
        ("cores", "1", 1),
        ("cores", "1024", CORES),
        ("port", "65535", 65535),
        ("model", "digits", "digits"),
        ("registry", "/srv/registry", Path("/srv/registry")),
        ("data", "data", Path("data")),
        ("mnist_mirrors", "http://a/x", ("http://a/x/",)),
        ("mnist_mirrors", " https://a/ , file:///b/,", ("https://a/", "file:///b/")),
        ("fashion_mnist_mirrors", "file:///b", ("file:///b/",)),
        ("cors_origins", "", ()),
        ("cors_origins", "*", ("*",)),
        ("cors_origins", "https://A.example/, http://[::1]:80", ("https://a.example", "http://[::1]")),
        (
            "cors_origins",
            "https://a:80,http://a:443,https://a:443",
            ("https://a:80", "http://a:443", "https://a"),
        ),
        ("gate_floor", "0", 0.0),
        ("gate_floor", "1", 1.0),
        ("workers", "3", 3),
        ("threads", "16", 16),
        ("reload_seconds", "0.05", 0.05),
        ("max_body_bytes", "1", 1),
        ("max_rows", "64", 64),
        ("drain_seconds", "1", 1),
        ("drain_seconds", "3600", 3600),
    ],
)
def test_a_setting_takes_its_value_from_its_variable(name, text, value):
    assert setting(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("host", " ", "a value that is not empty"),
        ("trusted_proxies", "10.0.0.1/8", "addresses and networks, separated by commas, or *"),
        ("trusted_proxies", "proxy", "addresses and networks, separated by commas, or *"),
        ("trusted_proxies", "", "addresses and networks, separated by commas, or *"),
        ("registry", "", "a value that is not empty"),
        ("port", "65536", "a whole number from 0 to 65535"),
        ("port", "-1", "a whole number from 0 to 65535"),
        ("port", "8000.0", "a whole number from 0 to 65535"),
        ("port", "", "a whole number from 0 to 65535"),
        ("port", "\u00b2", "a whole number from 0 to 65535"),
        ("workers", "0", "a whole number from 1 to 1024"),
        ("cores", "0", "a whole number from 1 to 1024"),
        ("max_rows", "many", "a whole number from 1 to 2147483648"),
        ("drain_seconds", "0", "a whole number from 1 to 3600"),
        ("drain_seconds", "3601", "a whole number from 1 to 3600"),
        ("registry", "s3://bucket/models", "a folder, and no URL"),
        ("data", "file:///data", "a folder, and no URL"),
        ("gate_floor", "1.01", "a number from 0 to 1"),
        ("gate_floor", "nan", "a number from 0 to 1"),
        ("gate_floor", "high", "a number from 0 to 1"),
        ("reload_seconds", "0", "a number from 0.01 to 3600"),
        ("reload_seconds", "inf", "a number from 0.01 to 3600"),
        ("cors_origins", "a.example", ORIGINS),
        ("cors_origins", "null", ORIGINS),
        ("cors_origins", "https://a/b", ORIGINS),
        ("cors_origins", "ftp://a", ORIGINS),
        ("cors_origins", "https://a b", ORIGINS),
        ("cors_origins", "https://u@a", ORIGINS),
        ("mnist_mirrors", ",", "http://, https:// or file:/// URLs, separated by commas"),
        ("mnist_mirrors", "http://a,ftp://b", "http://, https:// or file:/// URLs, separated by commas"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence(name, text, expected):
    assert refusal(name, text) == f"NUMERAL_{name.upper()}: expected {expected}, got {redacted(text)!r}"


@pytest.mark.parametrize("variable", ["NUMERAL_PROT", "NUMERAL_", "NUMERAL_port"])
def test_an_unknown_name_is_refused_with_those_that_there_are(variable):
    with pytest.raises(SettingsError, match=f"^{variable}: no such setting; the settings are NUMERAL_HOST, "):
        Settings.from_environment({variable: "1"})


@given(st.integers())
@example(0)
@example(1)
@example(1024)
@example(1025)
def test_a_whole_number_is_taken_within_its_bounds_alone(number):
    if 1 <= number <= 1024:
        assert setting("threads", str(number)) == number
    else:
        assert f"got '{number}'" in refusal("threads", str(number))


@given(st.text() | st.floats().map(str))
def test_any_text_is_a_number_or_a_sentence(text):
    with suppress(SettingsError):
        assert 0 <= setting("gate_floor", text) <= 1
