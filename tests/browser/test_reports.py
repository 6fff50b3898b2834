"""The versions and the report of each, as their readers find them."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SIZES = {"desktop": {}, "phone": PHONE}
VERSIONS, REPORT = "/models/mnist", "/models/mnist/2"
SECTIONS = (
    "Its most confident mistakes",
    "What is taken for what",
    "Class by class",
    "Whether its confidence can be believed",
    "How it learned",
    "Against the version before it",
    "What the first layer looks for",
    "Recipe",
    "Lineage",
)


@pytest.mark.parametrize("path", [VERSIONS, REPORT])
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "light")])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(open_page, axe, path, scheme, size):
    page = open_page(path, color_scheme=scheme, **SIZES[size])
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for details in page.locator("details > summary").all():
        details.click()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", [VERSIONS, REPORT])
def test_each_chart_is_seen_has_words_and_a_table(open_page, path):
    page = open_page(path)
    charts = page.locator("main svg")
    assert charts.count() >= 1
    for chart in charts.all():
        expect(chart).to_have_role("img")
        expect(chart).to_have_accessible_name(re.compile(r"\w"))
        box = chart.bounding_box()
        assert box["width"] > 20
        assert box["height"] > 20
    assert page.locator("main table").count() >= 1


def test_every_picture_of_a_report_is_loaded(open_page):
    page = open_page(REPORT)
    assert page.locator("main img").count() > 0
    assert page.evaluate(
        "[...document.querySelectorAll('main img')].every(({naturalWidth}) => naturalWidth > 0)"
    )


def test_one_goes_from_the_drawing_to_the_versions_to_a_report_and_back(open_page):
    page = open_page()
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("link", name="Version 2", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Version 2", ignore_case=True)
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(page.locator("#square")).to_be_visible()


def test_the_list_tells_aliases_accuracies_and_the_log(open_page):
    main = open_page(VERSIONS).locator("main")
    for words in ("champion", "candidate", "%", "the first"):
        expect(main).to_contain_text(words)


def test_a_report_has_its_sections_in_the_order_in_which_one_asks(open_page):
    assert open_page(REPORT).locator("main h2").all_inner_texts() == list(SECTIONS)


def test_a_version_that_is_not_there_is_told_on_a_page(open_page):
    page = open_page("/models/mnist/99", errors_expected=True)
    expect(page.locator("main")).to_contain_text("99")
    expect(page.get_by_role("link", name="Draw", exact=True)).to_be_visible()
