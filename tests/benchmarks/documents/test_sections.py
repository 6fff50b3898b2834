"""The report: its arithmetic, and the document that keeps what was not measured anew."""

from benchmarks.documents.sections import ratios, replaced, spread, table, write

DOCUMENT = "# Benchmarks\n\n## Training\n\nold\n\n### 784-30-10/10\n\n| old |\n\n## Serving\n\nkept\n"


def test_a_spread_is_the_median_and_the_extremes():
    assert spread([3.0, 1.0, 2.5]) == "2.50 (1.00 to 3.00)"
    assert spread([0.981, 0.983], "{:.1%}") == "98.2% (98.1% to 98.3%)"


def test_a_single_value_has_no_spread():
    assert spread([1.0]) == "1.00"


def test_ratios_are_those_of_each_round():
    assert ratios([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]


def test_a_table_is_markdown():
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def test_a_section_is_replaced_with_its_subsections_and_the_others_are_kept():
    after = replaced(DOCUMENT, "Training", "new\n\n### row\n")
    assert after == "# Benchmarks\n\n## Training\n\nnew\n\n### row\n\n## Serving\n\nkept\n"


def test_the_last_section_is_replaced():
    assert replaced(DOCUMENT, "Serving", "new").endswith("| old |\n\n## Serving\n\nnew\n")


def test_a_new_section_comes_last():
    assert replaced(DOCUMENT, "Recipes", "new") == f"{DOCUMENT}\n## Recipes\n\nnew\n"


def test_a_section_may_hold_backslashes():
    assert r"\1" in replaced(DOCUMENT, "Training", r"\1")


def test_the_document_is_begun_where_there_is_none(tmp_path):
    path = tmp_path / "benchmarks.md"
    write(path, "Serving", "first")
    write(path, "Serving", "second")
    text = path.read_text()
    assert text.startswith("# Benchmarks\n")
    assert text.endswith("\n\n## Serving\n\nsecond\n")
    assert "first" not in text
