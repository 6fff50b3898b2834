from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import SettingsError
from model.redaction import redacted
from model.settings import Settings

PARTS = (
    st.text(min_size=1)
    .filter(lambda text: text.isprintable())
    .map(lambda text: quote(text, safe="!$&'()*+,;=@"))
)


@given(user=PARTS, password=PARTS, query=PARTS, fragment=PARTS)
def test_a_url_keeps_its_host_and_path_and_nothing_secret(user, password, query, fragment):
    assert redacted(f"http://{user}:{password}@h:8/m/x.gz?{query}#{fragment}") == "http://h:8/m/x.gz"
    assert redacted(f"https://{user}@h/") == "https://h/"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("file:///data/@mnist/x.gz", "file:///data/@mnist/x.gz"),
        ("http://a:b@h/ and https://c:d@g/e?f", "http://h/ and https://g/e"),
        ("http://a:b@h/,http://c:d@g/", "http://h/,http://g/"),
        ("no such file: /data/x.gz", "no such file: /data/x.gz"),
        ("a:b@h/", "h/"),
        ("http://a:b/c?d#e@h/", "http://h/"),
        ("HTTP 404 Not Found", "HTTP 404 Not Found"),
        ("no such file: /data/\udcff", "no such file: /data/\\udcff"),  # so that it can be published, too
    ],
)
def test_a_text_keeps_all_else(text, shown):
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "mirrors", ["ftp://user:s3cret@h/", "user:s3cret@h/", "http://h/,ftp://h/?token=s3cret"]
)
def test_a_setting_that_is_refused_tells_no_secret(mirrors):
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"NUMERAL_MNIST_MIRRORS": mirrors})
    assert "s3cret" not in str(caught.value)
