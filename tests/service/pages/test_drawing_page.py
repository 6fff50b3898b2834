"""The page's words: what it tells of a version, and which versions it offers."""

import re

import pytest

from model.document.document import Input

BROWSER = {"Accept": "text/html"}
PIXEL = "iVBORw0KGgo="
OPTION = re.compile(r'<option value="([^"]*)"( selected)?>([^<]*)</option>')


@pytest.fixture
def page(make_app):
    """The page of the test's registry."""
    return lambda path="/": make_app().test_client().get(path, headers=BROWSER)


def offered(text):
    """The versions that the page offers: queries and names."""
    select = text.partition('id="version"')[2].partition("</select>")[0]
    return [(query, name) for query, _, name in OPTION.findall(select)]


def chosen(text):
    return [query for query, is_chosen, _ in OPTION.findall(text) if is_chosen]


def test_it_offers_the_champion_aliases_and_versions(publish, registry, make_document, page):
    publish(favourite=1)
    registry.publish(make_document(), "for a test")
    registry.point("candidate", 2, "for a test")
    text = page().text
    assert offered(text) == [
        ("", "champion (1)"),
        ("alias=candidate", "candidate (2)"),
        ("version=2", "version 2"),
        ("version=1", "version 1"),
    ]
    assert chosen(text) == [""]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/?version=1", "version=1"),
        ("/?alias=candidate", "alias=candidate"),
        ("/?alias=champion", ""),
        ("/?from=a-letter", ""),
    ],
)
def test_what_the_address_names_is_chosen(publish, registry, page, path, query):
    publish()
    registry.point("candidate", 1, "for a test")
    assert chosen(page(path).text) == [query]


def test_an_old_version_is_offered_where_it_is_asked_for(publish, page, monkeypatch):
    monkeypatch.setattr("service.pages.drawing_page.OFFERED", 1)
    for _ in range(3):
        publish()
    assert ("version=1", "version 1") not in offered(page().text)
    assert ("version=1", "version 1") in offered(page("/?version=1").text)


@pytest.mark.parametrize(
    ("path", "status"), [("/?version=9", 404), ("/?alias=best", 404), ("/?version=1&alias=champion", 422)]
)
def test_an_address_that_names_nothing_is_refused(publish, page, path, status):
    publish()
    assert page(path).status_code == status


def test_aliases_that_cannot_be_read_are_not_offered(client, tmp_path):
    (tmp_path / "registry/mnist/aliases.json").write_text("[]")
    assert offered(client.get("/", headers=BROWSER).text) == [
        ("", "champion (1)"),
        ("version=1", "version 1"),
    ]


def test_the_bundled_digits_are_told(publish, page):
    publish(dataset={"name": "digits"})
    assert "not from MNIST" in page().text
    publish(dataset={"name": "mnist"})
    assert "not from MNIST" not in page().text


def test_what_the_model_notes_is_told_instead(publish, page):
    publish(dataset={"name": "digits"}, lineage={"notes": ["No mirror of MNIST answered."]})
    text = page().text
    assert "No mirror of MNIST answered." in text
    assert "not from MNIST" not in text


@pytest.mark.parametrize(
    ("samples", "shown"),
    [
        ([{"label": "7", "index": 3, "image": PIXEL}] * 2, 2),
        ([{"label": "7", "index": 3, "image": PIXEL}] * 99, 20),
        ([{"label": "7", "index": 3, "image": '"><script>'}], 0),
        ([{"label": "7", "index": 3, "image": 5}], 0),
        ([{"label": "7"}, None, 5], 0),
        ("many", 0),
        (None, 0),
    ],
)
def test_test_digits_are_offered_where_they_are_images(publish, page, samples, shown):
    publish(dataset={"name": "mnist", "samples": samples})
    assert page().text.count("data:image/png;base64,") == shown


@pytest.mark.parametrize(
    ("changes", "square"),
    [
        ({}, True),
        ({"input": Input((28, 28), preprocessing="none")}, False),
        ({"input": Input((784,))}, False),
    ],
)
def test_there_is_a_square_where_images_are_taken(publish, page, changes, square):
    publish(**changes)
    assert ('id="square"' in page().text) is square


def test_other_classes_are_no_digits(publish, page):
    publish(classes=tuple("abcdefghij"))
    assert "Draw a picture" in page().text
    publish(classes=tuple("9876543210"))
    assert "Draw a digit" in page().text


@pytest.mark.parametrize("accuracy", [True, None, "high"])
def test_an_accuracy_that_is_no_number_is_left_out(publish, page, accuracy):
    publish(metrics={"accuracy": accuracy})
    assert "<dt>Accuracy</dt>" not in page().text


def test_a_program_is_told_nothing_of_versions(client):
    assert client.get("/?version=9").json == {"status": "alive"}
