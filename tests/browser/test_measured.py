"""What is said of the page, and how it is measured in a real browser."""

import pytest

from benchmarks.measurements.page_weight import answered, line, weight

pytestmark = pytest.mark.slow


def test_a_line_tells_the_median_the_extremes_and_the_slowest_but_a_twentieth():
    assert line(12_345, [float(number) for number in range(1, 101)]) == ["12,345", "50 (1 to 100)", "96 ms"]


def test_all_that_the_first_view_loads_is_weighed_and_an_answer_is_timed(open_page, site):
    page = open_page("about:blank")
    weighed = weight(page, site.url)
    assert 10_000 < weighed < 100_000
    first, second = answered(page), answered(page)
    assert first > 0
    assert second > 0
    assert page.locator("#answer").get_attribute("data-label") == "7"
