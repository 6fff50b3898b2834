"""The service goes away, refuses, comes back, changes: the page says so and goes on by itself."""

from pathlib import Path
from shutil import copytree

import pytest
from pen import DIGITS, draw, settled
from playwright.sync_api import expect
from server import Server, wait_for

from model.document.document import Input
from model.registry.registry import Registry

pytestmark = pytest.mark.slow

REFUSALS = {
    "too much": (429, {"Retry-After": "1"}),
    "not ready": (503, {}),
    "a proxy": (502, {}),
}


@pytest.fixture
def registry_folder(trained, tmp_path) -> Path:
    """A registry of the test's own, with the trained versions."""
    return copytree(trained, tmp_path / "own")


def test_a_service_that_restarts_is_waited_for(open_page, serve, registry_folder, tmp_path):
    server = serve(registry_folder)
    page = open_page(url=server.url, errors_expected=True)
    draw(page, DIGITS["7"])
    settled(page)
    server.stop()
    page.locator("#clear").click()
    draw(page, DIGITS["1"])
    expect(page.locator("#status")).to_contain_text("The service does not answer. This page keeps asking.")
    expect(page.locator("#answer .label")).to_be_empty()
    Registry(registry_folder, "mnist").point("champion", 2, "for a test")
    again = Server(registry_folder, tmp_path / "again.log", port=server.port)
    try:
        wait_for(lambda: again.answers("/readyz"))
        expect(page.locator("#status")).to_have_text("The service is back.", timeout=20_000)
        settled(page)
        expect(page.locator("#answer")).to_have_attribute("data-label", "1")
        expect(page.locator("#answer .byline")).to_contain_text("Version 2 · ")
        expect(page.locator("#model")).to_contain_text("mnist, version 2")
        expect(page.locator("#version option").first).to_have_text("champion (2)")
    finally:
        again.stop()


def test_it_comes_back_also_where_nothing_is_drawn(open_page, serve, registry_folder, tmp_path):
    server = serve(registry_folder)
    page = open_page(url=server.url, errors_expected=True)
    server.stop()
    draw(page, DIGITS["7"])
    expect(page.locator("#status")).to_have_attribute("data-state", "away")
    page.locator("#clear").click()
    again = Server(registry_folder, tmp_path / "again.log", port=server.port)
    try:
        expect(page.locator("#status")).to_have_attribute("data-state", "back", timeout=20_000)
        expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    finally:
        again.stop()


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_passes(open_page, refusal):
    status, headers = REFUSALS[refusal]
    page = open_page(errors_expected=True)
    asked = []

    def refuse(route):
        asked.append(page.evaluate("performance.now()"))
        route.fulfill(status=status, headers=headers, json={"error": "come again"})

    page.route("**/predict?*", refuse, times=2)
    draw(page, DIGITS["1"])
    status_line = page.locator("#status")
    expect(status_line).to_have_text("The service refuses for now: come again. This page keeps asking.")
    expect(status_line).to_have_text("The service is back.")
    settled(page)
    expect(page.locator("#answer")).to_have_attribute("data-label", "1")
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 1000 * int(headers.get("Retry-After", 0))


def test_a_version_that_is_gone_is_told(open_page):
    page = open_page(errors_expected=True)
    page.route(
        "**/predict?*", lambda route: route.fulfill(status=404, json={"error": "mnist has no version 9"})
    )
    draw(page, DIGITS["1"])
    settled(page)
    expect(page.locator("#answer .verdict")).to_have_text("The service refuses: mnist has no version 9.")


def test_a_new_champion_is_told_with_its_first_answer(open_page, serve, registry_folder):
    server = serve(registry_folder)
    page = open_page(url=server.url)
    draw(page, DIGITS["1"])
    settled(page)
    Registry(registry_folder, "mnist").point("champion", 2, "for a test")
    wait_for(lambda: ask_again(page) == "2")
    expect(page.locator("#answer .byline")).to_contain_text("Version 2 · ")
    expect(page.locator("#model")).to_contain_text("mnist, version 2")


def ask_again(page):
    page.locator("#undo").click()
    page.locator("#redo").click()
    settled(page)
    return page.locator("#answer").get_attribute("data-version")


def test_the_page_comes_alive_with_the_first_model(open_page, serve, registry, make_document, tmp_path):
    server = serve(tmp_path / "registry", ready=False)
    page = open_page(url=server.url)
    expect(page.locator("main")).to_contain_text("No model is served yet")
    registry.publish(make_document(favourite=4), "for a test")
    registry.point("champion", 1, "for a test")
    expect(page.locator("#draw[data-ready]")).to_be_visible()
    draw(page, DIGITS["1"])
    settled(page)
    expect(page.locator("#answer")).to_have_attribute("data-label", "4")


def test_a_model_of_rows_shows_how_to_ask(open_page, serve, registry, make_document, tmp_path, axe):
    plants = {"shape": (1, 4), "classes": tuple("abcdefghij"), "input": Input((4,), preprocessing="none")}
    registry.publish(make_document(**plants), "for a test")
    registry.point("champion", 1, "for a test")
    page = open_page(url=serve(tmp_path / "registry").url)
    expect(page.locator("#square")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("4 numbers from 0 to 1")
    expect(page.locator("#model")).to_contain_text("mnist, version 1")
    axe(page)


def test_a_version_of_other_classes_has_its_own_bars(open_page, serve, registry_folder, make_document):
    registry = Registry(registry_folder, "mnist")
    letters = registry.publish(make_document(favourite=2, classes=tuple("abcdefghij")), "for a test").version
    page = open_page(url=serve(registry_folder).url)
    draw(page, DIGITS["1"])
    page.locator("#against-version").select_option(f"version={letters}")
    expect(page.locator("#against-bars [data-best] .class")).to_have_text("c")
    expect(page.locator("#bars [data-best] .class")).to_have_text("1")
    page.locator("#version").select_option(f"version={letters}")
    expect(page.locator("h1")).to_have_text("Draw a picture")
    expect(page.locator("#version")).to_have_value(f"version={letters}")
