"""Why: what speaks for a class, laid over what the network sees, and in words."""

import pytest
from pen import DIGITS, draw, settled
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PIXELS = """
(() => {
  const { data } = document.getElementById("why-map").getContext("2d").getImageData(0, 0, 28, 28);
  return Array.from({ length: 784 }, (_, index) => [...data.slice(4 * index, 4 * index + 3)]);
})()
"""
METHODS = ("gradient", "gradient_times_input", "integrated_gradients")
PLACES = {"the top left": 0, "the top": 14, "the middle": 14 * 28 + 14, "the bottom right": 783}


@pytest.fixture
def asking(open_page):
    """A page with a seven, of which one asks why."""
    page = open_page()
    page.locator("#samples button").nth(15).click()
    settled(page)
    page.locator("#why summary").click()
    expect(page.locator("#why")).to_have_attribute("data-state", "explained")
    return page


def explained(page, select, value):
    """What /explain says when something is chosen."""
    with page.expect_response("**/explain?*") as answered:
        page.locator(select).select_option(value)
    return answered.value.json()


def bluer(pixel):
    return pixel[2] - pixel[0]


def test_the_colours_are_the_signs_of_the_numbers(asking):
    answer = explained(asking, "#why-class", "7")
    expect(asking.locator("#why-words")).to_contain_text("Why 7?")
    values, pixels = answer["integrated_gradients"][0], asking.evaluate(PIXELS)
    strong = 0.3 * max(map(abs, values))
    assert all(bluer(pixel) > 20 for value, pixel in zip(values, pixels, strict=True) if value > strong)
    assert all(bluer(pixel) < -20 for value, pixel in zip(values, pixels, strict=True) if value < -strong)
    assert {value > 0 for value in values if abs(value) > strong} == {True, False}


@pytest.mark.parametrize("method", METHODS)
def test_methods_are_chosen_without_asking_again(asking, method):
    asked = []
    asking.on("request", lambda request: asked.append(request.url))
    asking.locator("#why-method").select_option(method)
    expect(asking.locator("#why-about")).not_to_be_empty()
    description = asking.locator("#why-about").text_content()
    assert ("make up the whole difference" in description) == (method == "integrated_gradients")
    assert asked == []


def test_methods_look_different(asking):
    seen = []
    for method in METHODS:
        asking.locator("#why-method").select_option(method)
        seen.append(str(asking.evaluate(PIXELS)))
    assert len(set(seen)) == 3


def test_a_class_is_held_against_another(asking):
    answer = explained(asking, "#why-against", "1")
    assert (answer["labels"], answer["against"]) == (["7"], [1])
    expect(asking.locator("#why-words")).to_contain_text("Why 7 and not 1?")
    expect(asking.locator("#why-pro")).to_have_text("speaks for 7")
    expect(asking.locator("#why-contra")).to_have_text("speaks for 1")


def test_no_class_is_held_against_itself(asking):
    expect(asking.locator("#why-against option[disabled]")).to_have_text("7")
    explained(asking, "#why-against", "1")
    assert explained(asking, "#why-class", "1")["against"] is None
    expect(asking.locator("#why-against")).to_have_value("")


@pytest.mark.parametrize("place", PLACES)
def test_the_words_name_where_it_speaks(open_page, place):
    page = open_page()
    values = [0.0] * 784
    values[PLACES[place]] = 2.0
    values[27 * 28] = -1.0
    answer = {"labels": ["3"], "classes": [3], "against": None, "inputs": [[0.0] * 784]}
    answer |= {"scores": [1.0], "baselines": [0.0], "convergence_deltas": [0.0]}
    maps = {method: [values] for method in METHODS}
    page.route("**/explain?*", lambda route: route.fulfill(json=answer | maps))
    draw(page, DIGITS["3"])
    settled(page)
    page.locator("#why summary").click()
    words = page.locator("#why-words")
    speaks = f"{place[0].upper()}{place[1:]} speaks most for 3. The bottom left speaks most against 3."
    expect(words).to_have_text(f"Why 3? {speaks}")


def test_it_follows_the_drawing(asking):
    with asking.expect_response("**/explain?*") as answered:
        asking.locator("#samples button").nth(1).click()
    assert answered.value.json()["labels"] == ["0"]
    expect(asking.locator("#why-words")).to_contain_text("Why 0?")
    asking.locator("#clear").click()
    expect(asking.locator("#why-words")).to_have_text("Draw something first.")


def test_nothing_is_explained_while_nobody_asks(open_page):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/explain" in request.url else None)
    draw(page, DIGITS["3"])
    settled(page)
    assert asked == []
