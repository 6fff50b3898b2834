"""The page: whole where it is a file, without a style or a script of its own where a page has it."""

import re
from html.parser import HTMLParser

import pytest

from report.version_report import charts_of, fragment, templates, whole

VOID = {"meta", "link", "img", "br"}


class Elements(HTMLParser):
    """Every element with its attributes; fails where one is not closed in its turn."""

    def __init__(self, page):
        super().__init__()
        self.found, self.open = [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


class TestFragment:
    def test_it_keeps_to_the_content_security_policy(self, told):
        for tag, attributes in Elements(fragment(told)).found:
            assert tag not in ("script", "style", "link", "iframe")
            assert not any(name == "style" or name.startswith("on") for name in attributes)

    def test_an_id_stands_once(self, told):
        ids = [attributes["id"] for _, attributes in Elements(fragment(told)).found if "id" in attributes]
        assert len(set(ids)) == len(ids)

    def test_what_names_a_part_is_there(self, told):
        found = Elements(fragment(told)).found
        ids = {attributes.get("id") for _, attributes in found}
        named = " ".join(attributes.get("aria-labelledby", "") for _, attributes in found).split()
        assert named
        assert set(named) <= ids

    def test_every_image_says_what_is_seen(self, told):
        images = Elements(fragment(told)).all("img")
        assert len(images) == 3
        assert all(image["alt"] for image in images)

    def test_every_chart_has_its_table(self, told):
        elements = Elements(fragment(told))
        assert len(elements.all("svg")) == len(elements.all("details")) == len(charts_of(told))

    def test_the_accuracy_stands_at_the_top(self, told):
        assert "<strong>80.00\u00a0%</strong>" in fragment(told)

    def test_without_an_accuracy_it_says_so(self, make_told):
        assert "does not tell its accuracy" in fragment(make_told(metrics__accuracy="good"))

    def test_the_bundled_digits_are_named_in_plain_sight(self, make_told):
        assert re.search(
            r'class="notice"[^>]*>Trained on the 1,797 digits', fragment(make_told(dataset__name="digits"))
        )

    def test_the_notes_of_a_training_are_too(self, make_told):
        page = fragment(make_told(lineage__notes=["No mirror of <MNIST> answered."]))
        assert re.search(r'class="notice"[^>]*>No mirror of &lt;MNIST&gt; answered.', page)

    def test_another_data_set_needs_no_notice(self, told):
        assert 'class="notice"' not in fragment(told)


class TestFile:
    def test_it_needs_no_other_file(self, told):
        elements = Elements(whole(told))
        assert not elements.all("link")
        assert not elements.all("script")
        assert all(image["src"].startswith("data:") for image in elements.all("img"))
        assert "url(" not in whole(told)

    def test_it_has_its_style_as_it_is(self, told):
        (style,) = re.findall(r"<style>(.*?)</style>", whole(told), re.DOTALL)
        assert "--paper: #ffffff" in style
        assert ".chart .series-1" in style
        assert "&" not in style

    def test_it_is_the_fragment(self, told):
        assert str(fragment(told)).strip() in whole(told)

    def test_colours_that_the_style_takes_are_set(self, told):
        page = whole(told)
        assert set(re.findall(r"var\((--[\w-]+)\)", page)) <= set(re.findall(r"(--[\w-]+):", page))


def test_the_charts_of_a_document_that_tells_all(told):
    assert set(charts_of(told)) == {
        "learning-cost",
        "learning-accuracy",
        "confusion",
        "classes",
        "calibration",
    }


def test_a_document_that_tells_nothing_has_no_charts(make_document):
    assert charts_of(make_document(metrics={}, training={})) == {}


@pytest.mark.parametrize("name", ["report.html", "overview.html", "file.html", "parts.html"])
def test_every_template_escapes(name):
    source, *_ = templates().loader.get_source(templates(), name)
    assert source.count("| safe") == (1 if name == "parts.html" else 0)  # the SVG, whose writer escapes
    assert templates().autoescape is True
