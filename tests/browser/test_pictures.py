"""Pictures: chosen, pasted, dropped; photos, and files that are none."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
import requests
from pen import DIGITS, draw, keep_sent, sent, settled
from PIL import Image, ImageDraw
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

HAND_OVER = """
async ([kind, type, name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
}
"""
SHOWN = """
(() => {
  const square = document.getElementById("square");
  const copy = new OffscreenCanvas(50, 50).getContext("2d");
  copy.drawImage(square, 0, 0, 50, 50);
  return [...copy.getImageData(0, 0, 50, 50).data].filter((_, index) => index % 4 === 0);
})()
"""
FORMATS = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "bmp": "image/bmp"}


@pytest.fixture
def photo(rng):
    """A seven on grey paper, drawn with a pen, with the noise and the light of a camera."""
    image = Image.new("L", (900, 1200), 190)
    points = [(300, 350), (600, 350), (420, 900)]
    ImageDraw.Draw(image).line(points, fill=60, width=60, joint="curve")
    noisy = np.asarray(image, float) + rng.normal(0, 4, (1200, 900))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def encoded(image, kind):
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


def read(page):
    settled(page)
    return page.locator("#answer").get_attribute("data-label")


def dark(page):
    """How many of 2,500 places of the square are dark."""
    return sum(value < 128 for value in page.evaluate(SHOWN))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_chosen_photo_is_sent_as_it_is(open_page, photo, kind):
    page, content = open_page(), encoded(photo, kind)
    keep_sent(page)
    page.locator("#file").set_input_files({"name": "7", "mimeType": FORMATS[kind], "buffer": content})
    address = page.url.rstrip("/") + "/predict"
    answer = requests.post(address, data=content, headers={"Content-Type": FORMATS[kind]}, timeout=60).json()
    assert [read(page)] == answer["labels"]
    assert sent(page) == [(FORMATS[kind], content)]


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_photo_is_pasted_or_dropped(open_page, photo, kind):
    page = open_page()
    page.evaluate(HAND_OVER, [kind, "image/png", "7.png", list(encoded(photo.resize((150, 200)), "png"))])
    assert read(page) == "7"
    assert 20 < dark(page) < 500


def test_a_format_that_the_service_does_not_take_is_packed_anew(open_page, photo):
    page = open_page()
    with page.expect_request("**/predict?*") as asked:
        buffer = encoded(photo.resize((150, 200)), "gif")
        page.locator("#file").set_input_files({"name": "7.gif", "mimeType": "image/gif", "buffer": buffer})
    assert asked.value.headers["content-type"] == "image/png"
    assert read(page) == "7"


def test_one_draws_on_over_a_picture_and_takes_it_back(open_page):
    page = open_page()
    draw(page, DIGITS["1"])
    alone = dark(page)
    page.locator("#samples button").first.click()
    assert read(page) == "0"
    draw(page, [[(0.1, 0.1), (0.9, 0.9)]])
    page.locator("#undo").click()
    assert read(page) == "0"
    page.locator("#undo").click()
    assert read(page) == "1"
    assert dark(page) == alone


@pytest.mark.parametrize(
    "content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"], ids=["empty", "text", "cut off"]
)
def test_a_file_that_is_no_image_changes_nothing(open_page, content):
    page = open_page()
    draw(page, DIGITS["1"])
    assert read(page) == "1"
    page.locator("#file").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": content})
    expect(page.locator("#status")).to_contain_text("x.png is no image that this browser reads.")
    assert read(page) == "1"


def test_a_picture_of_one_shade_shows_no_digit(open_page):
    page = open_page(errors_expected=True)  # a browser tells of every 422 in its console
    blank = encoded(Image.new("L", (40, 40), 200), "png")
    page.locator("#file").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": blank})
    settled(page)
    expect(page.locator("#answer")).to_have_attribute("data-state", "refused")
    expect(page.locator("#answer .verdict")).to_have_text("There is no digit to be seen here.")
    draw(page, DIGITS["1"])
    page.locator("#clear").click()
    draw(page, DIGITS["1"])
    assert read(page) == "1"


def test_every_test_digit_is_sent_as_it_was_tested(open_page):
    page = open_page()
    samples = page.evaluate("fetch('/model').then((answer) => answer.json())")["dataset"]["samples"]
    for place, sample in enumerate(samples):
        with page.expect_response("**/predict?*") as answered:
            page.locator("#samples button").nth(place).click()
        pixels = np.asarray(Image.open(BytesIO(b64decode(sample["image"]))))
        assert np.allclose(answered.value.json()["inputs"][0], pixels.ravel() / 255, atol=1e-6)
        settled(page)
