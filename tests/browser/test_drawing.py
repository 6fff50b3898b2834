"""Drawing on the page: by mouse, finger, pen and keyboard, and taking back what was drawn."""

import pytest
from pen import DIGITS, SCRIBBLE, draw, settled
from playwright.sync_api import expect

ONE, FOUR, SEVEN = DIGITS["1"], DIGITS["4"], DIGITS["7"]
SEEN = (
    "document.getElementById('sees').getContext('2d').getImageData(0, 0, 28, 28).data.reduce((a, b) => a + b)"
)
TOUCH = """
([id, strokes]) => {
  const square = document.getElementById("square"), box = square.getBoundingClientRect();
  const send = (type, [x, y]) => square.dispatchEvent(new PointerEvent(type, {
    pointerId: id, pointerType: "pen", pressure: 0.9, button: 0, bubbles: true,
    clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
  square.setPointerCapture = () => {};
  for (const stroke of strokes) {
    send("pointerdown", stroke[0]);
    stroke.slice(1).forEach((point) => send("pointermove", point));
    send("pointerup", stroke.at(-1));
  }
}
"""


def label(page):
    settled(page)
    return page.locator("#answer").get_attribute("data-label")


def seen(page):
    """All that the network sees, added up: another drawing, another number."""
    settled(page)
    return page.evaluate(SEEN)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


@pytest.mark.slow
@pytest.mark.parametrize("digit", DIGITS)
def test_each_digit_is_read(open_page, digit):
    page = open_page()
    draw(page, DIGITS[digit])
    assert label(page) == digit
    assert page.locator("#answer .label").text_content() == digit


def test_the_bars_are_the_probabilities_of_ten_classes(open_page):
    page = open_page()
    draw(page, SEVEN)
    settled(page)
    shares = [float(share.split()[0]) for share in page.locator("#bars .share").all_text_contents()]
    assert len(shares) == 10
    assert sum(shares) == pytest.approx(100, abs=0.5)
    assert shares.index(max(shares)) == 7


def test_the_answer_comes_while_one_still_draws(open_page):
    page = open_page()
    box = page.locator("#square").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 300, steps=5)
    expect(page.locator("#answer")).to_have_attribute("data-label", "1")
    expect(page.locator("#answer")).to_have_attribute("data-settled", "false")
    page.mouse.up()
    settled(page)


def test_one_question_at_a_time(open_page):
    page = open_page()
    events = []
    page.on("request", lambda _: events.append("asked"))
    page.on("requestfinished", lambda _: events.append("answered"))
    draw(page, SCRIBBLE)
    settled(page)
    assert len(events) > 2
    assert events == ["asked", "answered"] * (len(events) // 2)


def test_an_answer_to_what_was_cleared_is_dropped(open_page):
    page = open_page()
    held = {}
    page.route("**/predict?*", lambda route: held.update(first=route))
    draw(page, SEVEN)
    page.locator("#clear").click()
    with page.expect_response("**/predict?*"):
        held["first"].continue_()
    page.unroute("**/predict?*")
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    draw(page, ONE)
    assert label(page) == "1"


def test_nothing_is_asked_about_an_empty_square(open_page):
    page = open_page()
    asked = []
    draw(page, ONE)
    settled(page)
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#clear").click()
    expect(page.locator("#answer .verdict")).to_have_text("Nothing is drawn yet.")
    expect(page.locator("#answer .label")).to_be_empty()
    assert asked == []


def test_a_scribble_looks_like_no_digit(open_page):
    page = open_page()
    draw(page, SCRIBBLE)
    settled(page)
    expect(page.locator("#answer")).to_have_attribute("data-state", "unfamiliar")
    expect(page.locator("#answer .verdict")).to_contain_text("This does not look like a digit")


def test_undo_takes_back_exactly_one_stroke_and_redo_brings_it_back(open_page):
    page = open_page()
    draw(page, FOUR[:1])
    first = seen(page)
    draw(page, FOUR[1:])
    both = seen(page)
    page.locator("#undo").click()
    assert seen(page) == first != both
    page.locator("#redo").click()
    assert seen(page) == both
    expect(page.locator("#redo")).to_be_disabled()


def test_what_was_cleared_can_be_brought_back(open_page):
    page = open_page()
    draw(page, SEVEN)
    before = seen(page)
    press(page, "Delete")
    expect(page.locator("#clear")).to_be_disabled()
    press(page, "Control+z")
    assert seen(page) == before


@pytest.mark.parametrize("clearing", ["Delete", "Backspace", "Escape"])
def test_keys_undo_redo_and_clear(open_page, clearing):
    page = open_page()
    draw(page, FOUR)
    both = seen(page)
    press(page, "Control+z")
    first = seen(page)
    press(page, "Control+Shift+z")
    assert seen(page) == both != first
    press(page, "Control+z", "Control+y")
    assert seen(page) == both
    press(page, clearing)
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


def test_a_digit_is_drawn_by_keys_alone(open_page):
    page = open_page()
    while page.evaluate("document.activeElement.id") != "square":
        press(page, "Tab")
    press(page, "Space", *["ArrowDown"] * 24, "Space")
    assert label(page) == "1"
    alone = seen(page)
    press(page, *["ArrowRight"] * 4)  # the pen is lifted
    assert seen(page) == alone


def test_two_arrows_go_aslant(open_page):
    page = open_page()
    page.locator("#square").focus()
    press(page, "Space", *["ArrowDown"] * 20, "Space")
    straight = seen(page)
    press(page, "Escape", "Space")
    for _ in range(10):
        page.keyboard.down("ArrowUp")
        page.keyboard.press("ArrowLeft")
        page.keyboard.up("ArrowUp")
    press(page, "Space")
    assert seen(page) != straight


def test_everything_is_reached_by_tab(open_page):
    page = open_page()
    draw(page, SEVEN)
    press(page, "Control+z")
    draw(page, SEVEN)
    reached = set()
    page.locator("header a").first.focus()
    for _ in range(50):
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        press(page, "Tab")
    assert {"square", "undo", "clear", "file", "version", "against-version", "SUMMARY"} <= reached


def test_a_pen_draws_and_presses(open_page):
    page = open_page()
    page.evaluate(TOUCH, [5, SEVEN])
    assert label(page) == "7"
    pressed = seen(page)
    page.locator("#clear").click()
    draw(page, SEVEN)
    assert seen(page) != pressed


def test_a_finger_draws_on_a_phone(open_page):
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    session = page.context.new_cdp_session(page)
    box = page.locator("#square").bounding_box()

    def touch(kind, *points):
        places = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", SEVEN[0][0])
    for point in SEVEN[0][1:]:
        touch("touchMove", point)
    touch("touchEnd")
    assert label(page) == "7"
    assert page.evaluate("scrollY") == 0
    bottom = page.locator("#answer .label").bounding_box()
    assert bottom["y"] + bottom["height"] <= 740, "the answer is not seen beside the drawing"
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_second_finger_does_not_disturb(open_page):
    page = open_page()
    box = page.locator("#square").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    page.mouse.down()
    page.evaluate(TOUCH, [99, [[[0.8, 0.8], [0.9, 0.9]]]])
    page.mouse.move(box["x"] + 100, box["y"] + 300, steps=4)
    page.mouse.up()
    assert label(page) == "1"
