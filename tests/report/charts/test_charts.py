"""Charts: well-formed, with words for those who cannot see them, and drawn from numbers."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.charts.accuracy_by_version import standing
from report.charts.confusion_matrix import matrix
from report.charts.dot_plot import dots
from report.charts.line_chart import Series, line
from report.charts.reliability_diagram import Bin, reliability

SVG = "{http://www.w3.org/2000/svg}"
SHARES = st.floats(0, 1)
HOSTILE = "</text><script>alert('1')</script>"


def drawn(svg: str, tag: str, kind: str) -> list[dict[str, str]]:
    """The attributes of a chart's pieces of a kind, in order."""
    return [piece.attrib for piece in ET.fromstring(svg).iter(SVG + tag) if piece.get("class") == kind]


def texts(svg: str) -> list[str]:
    return [piece.text for piece in ET.fromstring(svg).iter(SVG + "text")]


def numbers(pieces: list[dict[str, str]], *names: str) -> list[list[float]]:
    return [[float(piece[name]) for name in names] for piece in pieces]


def corners(svg: str, kind: str) -> list[list[float]]:
    *_, curve = drawn(svg, "polyline", kind)  # the first is the legend's
    return [[float(place) for place in corner.split(",")] for corner in curve["points"].split()]


CHARTS = {
    "line": line("n", "Title", "Words.", [Series(HOSTILE, ((1, 0.5), (2, 0.7)))], "epoch"),
    "one point": line("n", "Title", "Words.", [Series("validation", ((1, 0.5),))], "epoch", shares=True),
    "matrix": matrix("n", "Title", "Words.", ["a", HOSTILE], [[1, 0], [0, 0]]),
    "dots": dots("n", "Title", "Words.", ["a", HOSTILE], [("precision", [0.5, 1]), ("recall", [0.4, 0])]),
    "reliability": reliability("n", "Title", "Words.", [Bin(0.8, 1, 0, 0.9, 1)], 0.8),
    "standing": standing("n", "Title", "Words.", [(3, 0.98)], 3),
}


@pytest.mark.parametrize("svg", CHARTS.values(), ids=CHARTS)
class TestEveryChart:
    def test_it_is_an_image_that_scales(self, svg):
        root = ET.fromstring(svg)
        width, height = root.get("viewBox").split()[2:]
        assert (root.tag, root.get("role")) == (SVG + "svg", "img")
        assert (root.get("width"), root.get("height")) == (width, height)

    def test_it_is_named_by_its_title_and_description(self, svg):
        root = ET.fromstring(svg)
        title, description = root[:2]
        assert (title.tag, title.text, description.tag, description.text) == (
            SVG + "title",
            "Title",
            SVG + "desc",
            "Words.",
        )
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"

    def test_words_are_escaped(self, svg):
        assert "<script" not in svg

    def test_it_keeps_to_the_content_security_policy(self, svg):
        for piece in ET.fromstring(svg).iter():
            assert not any(
                name == "style" or name.startswith("on") or "href" in name for name in piece.attrib
            )
            assert piece.tag not in (SVG + "style", SVG + "script", SVG + "image")

    def test_it_is_legible_without_a_style_sheet(self, svg):
        first, *_ = drawn(svg, "rect", "paper")
        assert (first["fill"], first["width"]) == ("#ffffff", ET.fromstring(svg).get("width"))
        assert all(piece.get("fill") for piece in ET.fromstring(svg).iter(SVG + "text"))

    def test_everything_is_inside(self, svg):
        _, _, width, height = map(float, ET.fromstring(svg).get("viewBox").split())
        for piece in ET.fromstring(svg).iter():
            for across in ("x", "x1", "x2", "cx"):
                assert 0 <= float(piece.get(across, 0)) <= width
            for down in ("y", "y1", "y2", "cy"):
                assert 0 <= float(piece.get(down, 0)) <= height


class TestLine:
    @given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
    def test_a_larger_value_is_not_lower(self, values):
        series = Series("validation", tuple(enumerate(values, 1)))
        places = [y for _, y in corners(line("n", "t", "d", [series], "epoch"), "series-1")]
        order = sorted(range(len(values)), key=lambda place: values[place])
        assert all(places[low] >= places[high] for low, high in pairwise(order))

    def test_places_are_proportional(self):
        svg = line("n", "t", "d", [Series("validation", ((1, 0), (2, 1), (4, 4)))], "epoch")
        (x1, y1), (x2, y2), (x3, y3) = corners(svg, "series-1")
        assert (x3 - x1) / (x2 - x1) == pytest.approx(3, rel=1e-3)
        assert (y3 - y1) / (y2 - y1) == pytest.approx(4, rel=1e-3)

    def test_two_series_share_the_axes(self):
        svg = line("n", "t", "d", [Series("a", ((1, 1), (2, 2))), Series("b", ((1, 2), (2, 1)))], "epoch")
        assert corners(svg, "series-1")[0][1] == corners(svg, "series-2")[1][1]

    def test_series_are_told_apart_without_colours(self):
        svg = line("n", "t", "d", [Series("a", ((1, 1),)), Series("b", ((1, 2),))], "epoch")
        dashes = [drawn(svg, "polyline", f"series-{n}")[-1]["stroke-dasharray"] for n in (1, 2)]
        assert dashes[0] != dashes[1]

    def test_many_points_have_no_dots(self):
        svg = line("n", "t", "d", [Series("a", tuple((n, n) for n in range(1000)))], "epoch")
        assert len(drawn(svg, "circle", "series-1")) == 1  # the legend's
        assert len(corners(svg, "series-1")) == 1000


class TestReliability:
    @given(st.lists(SHARES, min_size=1, max_size=15), st.integers(1, 10**6))
    def test_bars_are_as_high_as_the_share_right(self, accuracies, answers):
        bins = [Bin(n / 15, (n + 1) / 15, answers, 0.5, share) for n, share in enumerate(accuracies)]
        svg = reliability("n", "t", "d", bins, None)
        heights = [height for (height,) in numbers(drawn(svg, "rect", "series-1"), "height")]
        assert heights == pytest.approx([share * 200 for share in accuracies], abs=0.01)

    def test_the_strip_has_the_number_of_answers(self):
        bins = [Bin(0.8, 0.9, 10, 0.85, 0.8), Bin(0.9, 1, 40, 0.95, 0.9)]
        svg = reliability("n", "t", "d", bins, None)
        (few,), (many,) = numbers(drawn(svg, "rect", "muted"), "height")
        assert many == 4 * few

    def test_the_line_of_sureness_stands_where_its_bin_begins(self):
        svg = reliability("n", "t", "d", [Bin(0.8, 1, 10, 0.85, 0.8)], 0.8)
        ((at,),) = numbers(drawn(svg, "line", "good"), "x1")
        ((bar,),) = numbers(drawn(svg, "rect", "series-1"), "x")
        assert at == pytest.approx(bar - 1, abs=0.01)
        assert "sure from 80\u00a0% on" in texts(svg)

    def test_there_is_none_where_it_is_never_sure(self):
        assert not drawn(reliability("n", "t", "d", [Bin(0.8, 1, 10, 0.85, 0.8)], None), "line", "good")


class TestMatrix:
    COUNTS = ((8, 2, 0), (1, 9, 0), (4, 0, 6))

    def shades(self, kind: str) -> list[float]:
        svg = matrix("n", "t", "d", "abc", self.COUNTS)
        return [shade for (shade,) in numbers(drawn(svg, "rect", kind), "fill-opacity")]

    def test_every_count_but_zero_is_written(self):
        written = texts(matrix("n", "t", "d", "abc", self.COUNTS))
        assert [word for word in written if word.isdecimal()] == ["8", "2", "1", "9", "4", "6"]

    def test_right_answers_are_shaded_by_their_share(self):
        eight, nine, six = self.shades("series-1")
        assert six < eight < nine

    def test_wrong_ones_against_the_most_frequent(self):
        two, one, four = self.shades("series-2")
        assert one < two < four
        assert (four - two) == pytest.approx(2 * (two - one), abs=0.01)

    def test_many_classes_fit(self):
        svg = matrix("n", "t", "d", [f"class {n}" for n in range(30)], [[1] * 30] * 30)
        assert len(drawn(svg, "rect", "series-1")) == 30
        assert not any(word.isdecimal() for word in texts(svg))


class TestDots:
    @given(st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=30))
    def test_places_follow_the_shares(self, rows):
        precision, recall = zip(*rows, strict=True)
        svg = dots("n", "t", "d", ["c"] * len(rows), [("precision", precision), ("recall", recall)])
        places = [
            numbers(drawn(svg, "circle", f"series-{n}")[:-1], "cx") for n in (1, 2)
        ]  # the last is the legend's
        shares = [*precision, *recall]
        found = [at for (at,) in [*places[0], *places[1]]]
        order = sorted(range(len(shares)), key=lambda place: shares[place])
        assert all(found[low] <= found[high] for low, high in pairwise(order))

    def test_long_labels_are_cut_and_have_more_room(self):
        def begin(label):
            svg = dots("n", "t", "d", [label], [("precision", [0.5]), ("recall", [0.6])])
            assert max(map(len, texts(svg))) <= len("share of examples")
            return numbers(drawn(svg, "circle", "series-1"), "cx")[0][0]

        assert begin("Iris virginica alba") > begin("7")


class TestStanding:
    def test_the_champion_is_marked_where_it_stands(self):
        svg = standing("n", "t", "d", [(1, 0.9), (2, 0.95), (3, 0.93)], 2)
        assert numbers(drawn(svg, "circle", "good"), "cx", "cy") == [
            numbers(drawn(svg, "circle", "series-1"), "cx", "cy")[1]
        ]
        assert "champion" in texts(svg)

    def test_without_a_champion_none_is_marked(self):
        assert not drawn(standing("n", "t", "d", [(1, 0.9)], None), "circle", "good")

    def test_the_axis_begins_near_the_lowest(self):
        marks = [word for word in texts(standing("n", "t", "d", [(1, 0.981), (2, 0.986)], 2)) if "%" in word]
        assert marks[0] == "98.1\u00a0%"
