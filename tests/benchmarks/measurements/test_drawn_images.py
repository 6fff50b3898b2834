"""Digits as people draw them: what is drawn, and how answers become figures."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from benchmarks.datasets.drawn_digits import KINDS, Kind, contact_sheet, plain
from benchmarks.datasets.strokes import thinned
from benchmarks.measurements import drawn_images
from benchmarks.measurements.drawn_images import accuracies, bars, lines, overall

DRAWN = {kind: [0.99, 0.95] for kind in KINDS}


@pytest.fixture(scope="module")
def ring() -> np.ndarray:
    """A nought (28, 28), light on dark."""
    y, x = np.mgrid[:28, :28] - 14
    distance = np.hypot(y, x)
    return (255 * (np.abs(distance - 8) < 1.5)).astype(np.uint8)


def drawn(kind: Kind, digit, seed=0) -> Image.Image:
    return Image.open(BytesIO(kind.draw(digit, np.random.default_rng(seed))))


def ink(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("L")) < 128


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_draws_the_same_and_another_something_else(ring, kind):
    first, again, other = (KINDS[kind].draw(ring, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_is_large_and_shows_its_digit(ring, kind):
    picture = drawn(KINDS[kind], ring)
    assert min(picture.size) >= 200
    assert picture.format == ("JPEG" if "photo" in kind else "PNG")
    shades = np.asarray(picture.convert("L"))
    assert shades.min() < np.median(shades) - 30, "dark on light"


def test_a_digit_is_as_high_and_as_far_aside_as_its_kind_says(ring):
    for seed in range(20):
        rows, columns = np.nonzero(ink(drawn(Kind(height=(0.3, 0.3), aside=1), ring, seed)))
        for places in (rows, columns):
            assert np.ptp(places) + 1 == pytest.approx(84, abs=5)
            assert places.min() >= 0
            assert places.max() < 280
    rows, columns = np.nonzero(ink(drawn(Kind(height=(0.3, 0.3), aside=0), ring)))
    assert rows.mean() == pytest.approx(139.5, abs=2)


def test_a_pen_draws_as_wide_as_it_is(ring):
    thin, thick = (ink(drawn(Kind(height=(0.7, 0.7), pen=(w, w)), ring)) for w in (0.02, 0.06))
    circle = np.pi * 0.7 * 280 * 16 / 19  # the middle of the stroke
    assert thin.sum() / circle == pytest.approx(0.02 * 0.7 * 280, rel=0.35)
    assert thick.sum() / circle == pytest.approx(0.06 * 0.7 * 280, rel=0.35)


def test_strokes_may_be_widened(ring):
    as_it_is, wider = (ink(drawn(Kind(height=(0.7, 0.7), aside=0, wider=(w, w)), ring)) for w in (0, 2))
    assert wider.sum() > 1.3 * as_it_is.sum()


def test_a_turn_turns():
    bar = np.zeros((28, 28), np.uint8)
    bar[4:24, 12:16] = 255
    turned = [ink(drawn(Kind(rotation=45), bar, seed)) for seed in range(8)]
    widths = [np.ptp(np.nonzero(picture)[1]) for picture in turned]
    assert max(widths) > 2 * min(widths)


def test_a_line_remains_of_a_stroke():
    stroke = np.zeros((20, 40), bool)
    stroke[6:13, 5:35] = True
    line = thinned(stroke)
    assert set(np.nonzero(line)[0]) == {9}
    assert not (line & ~stroke).any()
    assert line.sum() == pytest.approx(30 - 7, abs=4)


def test_a_ring_stays_closed(ring):
    line = thinned(ring > 127)
    y, x = np.nonzero(line)
    assert np.hypot(y - 14, x - 14) == pytest.approx(8, abs=1.5)
    neighbours = sum(np.roll(line, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)) - line
    assert neighbours[line].min() >= 2


def test_as_it_is_every_pixel_stays(ring):
    assert np.array_equal(np.asarray(Image.open(BytesIO(plain(ring)))), ring)


def test_a_contact_sheet_has_a_row_of_each_kind(ring):
    sheet = contact_sheet(np.stack([ring, ring]), side=40)
    assert sheet.size == (80, 40 * len(KINDS))


def test_accuracies_are_of_all_requests_together():
    right = [np.array([[True, True], [True, False]]), np.array([[False], [False]])]
    assert accuracies(right) == pytest.approx([2 / 3, 1 / 3])


def test_all_kinds_count_the_same_but_what_is_not_drawn():
    kinds = DRAWN | {"as they are": [0.0, 0.0], "a photo": [0.91, 0.87]}
    assert overall(kinds) == pytest.approx([0.98, 0.94])


def test_bars_are_told_by_recipe_and_the_worst_kind_by_name():
    kinds = DRAWN | {"thin strokes": [0.95, 0.5]}
    told = list(bars(kinds, {"drawn": [0.9975, 0.9901]}, ["accurate", "quick"]))
    assert [line[-1] for line in told] == ["yes", "no", "no", "yes"]
    assert told[1][1] == "95.00%, thin strokes"


def test_a_line_has_the_share_of_each_model():
    told = {line[0]: line[1:] for line in lines(DRAWN, {"drawn": [1.0, 0.992]}, [0.9948, 0.986])}
    assert told["as numbers"] == ["99.48%", "98.60%"]
    assert told["a photo"] == ["99.00%", "95.00%"]
    assert told["the folder drawn"] == ["100.00%", "99.20%"]


def test_a_folder_is_asked_through_the_image_endpoint(tmp_path, ring, publish_and_serve, monkeypatch):
    monkeypatch.setattr(drawn_images, "FILES", 2)
    for index in range(3):
        (tmp_path / f"{index}.png").write_bytes(plain(ring))
    (tmp_path / "labels.csv").write_text("image,label\n0.png,7\n1.png,7\n2.png,0\n")
    assert accuracies(drawn_images._collected(tmp_path, [publish_and_serve.url])) == [pytest.approx(2 / 3)]


def test_a_refusal_ends_the_measurement(publish_and_serve):
    with pytest.raises(SystemExit, match=r"expected nothing but answers of 200, got .+whole image"):
        drawn_images._right([publish_and_serve.url], [b"no image"], ["0"])


@pytest.fixture
def publish_and_serve(registry, make_document, serve, tmp_path):
    registry.publish(make_document(favourite=7), "for a test")
    registry.point("champion", 1, "for a test")
    return serve(tmp_path / "registry")
