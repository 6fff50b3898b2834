"""The page as a whole: what it tells, what it weighs, how it looks to whom, and versions side by side."""

import pytest
from pen import DIGITS, draw, keep_sent, sent, settled
from playwright.sync_api import expect

SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(
  ...list.getEntries().map(({value, sources}) => [value, ...sources.map(({node}) => node?.id)])
)).observe({ type: "layout-shift", buffered: true });
"""
OVERLAPPING = """
(() => {
  const shown = [...document.querySelectorAll(".answer:not([hidden]) > *")];
  const boxes = shown.map((node) => [node.className, node.getBoundingClientRect()]);
  const apart = (one, other) => one.right <= other.left + 1 || other.right <= one.left + 1
    || one.bottom <= other.top + 1 || other.bottom <= one.top + 1;
  return boxes.flatMap(([name, box], index) =>
    boxes.slice(index + 1).filter(([, other]) => !apart(box, other)).map(([other]) => `${name} ${other}`));
})()
"""
FIRST_VIEW = 100_000  # bytes, at most
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SIZES = {"desktop": {}, "tablet": {"viewport": {"width": 820, "height": 1000}}, "phone": PHONE}
STATES = ("empty", "answered", "unfamiliar", "explained", "compared")


def bring(page, state):
    """Bring the page to a state."""
    if state == "empty":
        return
    page.locator("#samples button").nth(5).click()
    settled(page)
    if state == "unfamiliar":
        draw(page, DIGITS["0"])
    if state == "explained":
        page.locator("#why summary").click()
        expect(page.locator("#why[data-state=explained]")).to_be_visible()
    if state == "compared":
        page.locator("#against-version").select_option("version=2")
        settled(page, "#against")
    settled(page)


def luminance(page, selector):
    colour = page.locator(selector).evaluate("(node) => getComputedStyle(node).backgroundColor")
    return sum(int(part) for part in colour.strip("rgb()").split(",")[:3]) / 3


def test_it_tells_which_model_answers(open_page):
    page = open_page()
    facts = page.locator("#model").inner_text()
    assert "mnist, version 1" in facts
    assert "digits" in facts
    assert "test images" in facts
    expect(page.locator("#answer .byline")).to_contain_text("Version 1 · ")


def test_a_model_of_the_bundled_digits_is_told_in_plain_sight(open_page):
    notice = open_page().locator("#notices .notice")
    expect(notice).to_be_in_viewport()
    expect(notice).to_contain_text("1,797 digits that come with the project, not from MNIST")


def test_a_sure_answer_says_how_sure(open_page):
    page = open_page()
    bring(page, "answered")
    expect(page.locator("#answer")).to_have_attribute("data-state", "sure")
    share = page.locator("#bars [data-best] .share").text_content()
    expect(page.locator("#answer .verdict")).to_have_text(f"Sure, at {share}.")


def test_an_unsure_answer_names_the_second(open_page):
    page = open_page()
    answer = {
        "model": {"name": "mnist", "version": 1, "sha256": "0"},
        "predictions": [4],
        "labels": ["4"],
        "probabilities": [[0, 0, 0, 0, 0.55, 0, 0, 0, 0, 0.45]],
        "inputs": [[0.0] * 784],
        "sure": [False],
        "familiar": [True],
    }
    page.route("**/predict?*", lambda route: route.fulfill(json=answer))
    draw(page, DIGITS["4"])
    settled(page)
    expect(page.locator("#answer")).to_have_attribute("data-state", "unsure")
    expect(page.locator("#answer .verdict")).to_have_text("Not sure: 4 (55.0 %), or 9 (45.0 %)?")


def test_a_test_digit_is_answered_and_the_round_trip_told(open_page):
    page = open_page()
    for place in (0, 7, 19):
        page.locator("#samples button").nth(place).click()
        settled(page)
        expected = page.locator("#samples img").nth(place).get_attribute("alt")
        assert f"Test image of {page.locator('#answer').get_attribute('data-label')}" == expected
    assert page.locator("#round-trip").text_content().endswith(" ms")
    assert float(page.locator("#answer").get_attribute("data-answered-ms")) > 0


def test_the_network_sees_what_predict_returns(open_page):
    page = open_page()
    with page.expect_response("**/predict?*") as answered:
        page.locator("#samples button").first.click()
    inputs = answered.value.json()["inputs"][0]
    settled(page)
    read = "[...document.getElementById('sees').getContext('2d').getImageData(0, 0, 28, 28).data]"
    assert page.evaluate(read)[::4] == pytest.approx([255 * value for value in inputs], abs=0.51)


def test_two_versions_side_by_side_see_the_same_drawing(open_page):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request) if "/predict" in request.url else None)
    draw(page, DIGITS["3"])
    settled(page)
    asked.clear()
    keep_sent(page)
    page.locator("#against-version").select_option("version=2")
    settled(page, "#against")
    one, other = sent(page)
    assert one == other
    assert {request.url.partition("?")[2] for request in asked} == {"details=true", "version=2&details=true"}
    expect(page.locator("#against .byline")).to_contain_text("Version 2 · ")
    expect(page.locator("#against .label")).to_have_text("3")
    page.locator("#against-version").select_option("none")
    expect(page.locator("#against")).to_be_hidden()


def test_another_version_or_alias_answers_where_it_is_chosen(open_page):
    page = open_page()
    draw(page, DIGITS["3"])
    for choice in ("version=2", "alias=candidate"):
        page.locator("#version").select_option("")
        expect(page.locator("#model")).to_contain_text("mnist, version 1")
        with page.expect_request(lambda request, choice=choice: f"/predict?{choice}&" in request.url):
            page.locator("#version").select_option(choice)
        settled(page)
        expect(page.locator("#answer .byline")).to_contain_text("Version 2 · ")
        expect(page.locator("#model")).to_contain_text("mnist, version 2")


def test_the_address_may_name_the_version(open_page):
    page = open_page("/?version=2")
    expect(page.locator("#version")).to_have_value("version=2")
    draw(page, DIGITS["3"])
    settled(page)
    expect(page.locator("#answer")).to_have_attribute("data-version", "2")


def test_the_settled_answer_is_announced_once(open_page):
    page = open_page()
    page.clock.install(time=0)
    page.clock.pause_at(1)  # however slow the pen is, nothing has settled before the clock goes on
    page.evaluate("""
        window.said = [];
        const voice = document.getElementById("announcement");
        new MutationObserver(() => window.said.push(voice.textContent)).observe(voice, { childList: true });
    """)
    draw(page, DIGITS["4"])
    settled(page)
    assert page.evaluate("window.said") == []
    page.clock.run_for(10_000)
    expect(page.locator("#announcement")).to_contain_text("4: ")
    assert len(page.evaluate("window.said")) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("tablet", "light"), ("phone", "dark")]
)
def test_axe_finds_nothing_serious(open_page, axe, size, scheme):
    page = open_page(color_scheme=scheme, **SIZES[size])
    for state in STATES:
        bring(page, state)
        axe(page)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_screen(open_page, size):
    page = open_page(**SIZES[size])
    for state in STATES:
        bring(page, state)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
        assert page.evaluate(OVERLAPPING) == [], state


def test_dark_is_dark_and_light_is_light(open_page):
    assert luminance(open_page(color_scheme="dark"), "body") < 40
    assert luminance(open_page(color_scheme="light"), "body") > 200


def test_a_drawing_in_the_dark_is_read_as_one_by_day(open_page):
    page = open_page(color_scheme="dark")
    draw(page, DIGITS["5"])
    settled(page)
    assert page.locator("#answer").get_attribute("data-label") == "5"
    page.emulate_media(color_scheme="light")
    assert luminance(page, "#square") > 200


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_nothing_moves(open_page, size):
    page = open_page("about:blank", **SIZES[size])
    page.add_init_script(SHIFTS)
    page.goto("/")
    for state in ("answered", "unfamiliar"):
        bring(page, state)
    page.locator("#clear").click()
    expect(page.locator("#announcement")).to_be_empty()
    assert page.evaluate("window.shifts") == []


def test_the_first_view_is_small(open_page):
    page = open_page("about:blank")
    answers = {}
    page.on("response", lambda answer: answers.update({answer.url: answer}))
    page.goto("/", wait_until="networkidle")
    assert any(url.endswith("page.js") for url in answers)
    assert sum(len(answer.body()) for answer in answers.values()) < FIRST_VIEW


def test_without_scripts_the_page_can_be_read(browser, site):
    page = browser.new_page(java_script_enabled=False, base_url=site.url)
    page.goto("/")
    expect(page.get_by_text("Drawing needs JavaScript")).to_be_visible()
    expect(page.locator("#model")).to_be_visible()
    expect(page.get_by_text("curl").first).to_be_visible()
    expect(page.locator("#square")).to_be_hidden()
    page.close()
