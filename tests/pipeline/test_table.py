import hashlib

import numpy as np
import pytest
from files import write_csv
from hypothesis import given
from hypothesis import strategies as st

from model.errors import NumeralError
from pipeline import table
from pipeline.table import load_csv

PLAIN = "7,0,255,1\n5,9,8,7\n" * 10
IRIS = "sepal,petal,Class\n" + "0.5,0.25,Setosa\n" * 5 + "1,0.125,virginica\n" * 5 + "0,1e-1,versicolor\n" * 5


@pytest.fixture
def read(tmp_path):
    return lambda text: load_csv(write_csv(tmp_path / "t.csv", text))


def test_the_label_comes_first_where_no_line_names_the_columns(read):
    dataset = read(PLAIN)
    assert (dataset.name, dataset.classes, dataset.input.shape) == ("csv:t.csv", ("5", "7"), (3,))
    assert dataset.learning.images[:2].tolist() == [[0, 255, 1], [9, 8, 7]]
    assert (dataset.learning.images.dtype, dataset.learning.labels[:2].tolist()) == (np.uint8, [1, 0])
    assert (len(dataset.learning), len(dataset.test)) == (16, 4)
    assert dataset.sha256 == {"t.csv": hashlib.sha256(PLAIN.encode()).hexdigest()}


def test_the_names_of_the_columns_are_kept_but_for_the_label_s(read):
    assert read(IRIS).input.names == ("sepal", "petal")
    assert read('" a, cm ",label,b\n' + "0,x,1\n0.5,y,1\n" * 5).input.names == ("a, cm", "b")
    assert read(PLAIN).input.names is None


@pytest.mark.parametrize(
    ("header", "where"),
    [
        ("label,a,b,a", "column 4: expected a name of its own, got 'a' again"),
        ("label,a,,b", "column 3: expected a name"),
        ("a,label,b,label ", "expected"),
    ],
)
def test_a_name_that_cannot_be_asked_for_is_refused(read, header, where):
    with pytest.raises(NumeralError, match=f"t.csv, line 1.*{where}"):
        read(header + "\n" + "0,1,0.5,1\n0.5,1,1,0\n" * 5)


def test_the_label_is_where_the_first_line_says(read):
    dataset = read(IRIS)
    assert dataset.classes == ("Setosa", "versicolor", "virginica")
    assert (
        dataset.learning.images[[0, 5, 10]].tolist()
        == np.float32([[0.5, 0.25], [1, 0.125], [0, 0.1]]).tolist()
    )
    assert dataset.learning.labels[[0, 5, 10]].tolist() == [0, 2, 1]
    assert np.bincount(dataset.test.true_classes()).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "header", ["label,a,b,c", "TARGET,0,1,2", '"class","p ""1""",p2,p3', "label,class_,x,y"]
)
def test_names_of_columns_are_no_example(read, header):
    assert len(read(f"{header}\n{PLAIN}").learning.rows) == 16


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("\n", "\r\n"),
        PLAIN.rstrip("\n"),
        "\n" + PLAIN + "\n \n\n",
        "\ufeff" + PLAIN,
        PLAIN.replace("7,0", "7 , 0.0"),
        PLAIN.replace("7,0,255", '"7","0","255"'),
    ],
    ids=["windows", "no-last-end", "empty-lines", "byte-order-mark", "spaces", "quotes"],
)
def test_a_table_may_be_written_in_other_ways(read, text):
    dataset, plain = read(text), read(PLAIN)
    assert (dataset.learning.images == plain.learning.images).all()
    assert (dataset.classes, dataset.learning.labels.tolist()) == (
        plain.classes,
        plain.learning.labels.tolist(),
    )


def test_a_label_may_hold_what_csv_quotes(read):
    assert read('"a, b",1,2\n"the ""c""",2,1\n' * 2).classes == ("a, b", 'the "c"')


def test_whole_numbers_up_to_1_are_fractions(read):
    assert read("a,0,1\nb,1,0\n" * 2).learning.images.tolist() == [[0, 1], [1, 0]] * 2
    assert read("a,0,1\nb,1,0\n" * 2).learning.images.dtype == np.float32


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "t.csv: expected an example a line, got an empty file"),
        ("\n \n", "t.csv: expected an example a line, got an empty file"),
        ("label,a,b\n", "t.csv: expected 2 to 256 classes, got 0"),
        ("7;0;1\n", "t.csv, line 1: expected a label and numbers, or names of columns, .* got 7;0;1$"),
        (
            "5.1,3.5,setosa\n",
            "t.csv, line 1: expected .* one of them label, class or target, .* got 5.1, 3.5, se",
        ),
        ("a,b,c\n1,2,3\n", "t.csv, line 1: expected .* one of them label, class or target"),
        ("label,class,c\n1,2,3\n", "t.csv, line 1: expected .* one of them label, class or target"),
        (f"{PLAIN}5,1,2\n", "t.csv, line 21: expected 4 columns, got 3"),
        (f"\n{PLAIN}\n5,1,2,3,4\n", "t.csv, line 23: expected 4 columns, got 5"),
        (f"{PLAIN}5,1,x,3\n", "t.csv, line 21, column 3: expected a number, got 'x'"),
        (f"{PLAIN}5,1,,3\n", "t.csv, line 21, column 3: expected a number, got ''"),
        (f"{PLAIN}5,1,1_0,3\n", "t.csv, line 21, column 3: expected a number, got '1_0'"),
        (f"{PLAIN}5,1,{'x' * 99},3\n", f"t.csv, line 21, column 3: expected a number, got '{'x' * 40}...'"),
        (f"{IRIS}0.5,none,a\n", "t.csv, line 17, column 2: expected a number, got 'none'"),
        (
            "a,Label,b\n\n0,q,1\n0,p,1\n0,q,1\n0,p,1\n1,p,x\n",
            "t.csv, line 7, column 3: expected a number, got 'x'",
        ),
        (f"{PLAIN},1,2,3\n", "t.csv, line 21, column 1: expected a label"),
        (f"{PLAIN}5,1,nan,3\n", "t.csv, line 21, column 3: expected numbers .* got nan"),
        (f"{PLAIN}5,1,256,3\n", "t.csv, line 21, column 3: .* got 256 where the greatest is 256"),
        (f"{PLAIN}5,0.5,2,3\n", "t.csv, line 21, column 2: .* got 0.5 where the greatest is 255"),
        (f"{IRIS}\n-1,0,Setosa\n", "t.csv, line 18, column 1: .* got -1 where the greatest is 1"),
        (f'{PLAIN}"5\n5",1,2,3\n', "t.csv, line 21: expected cells separated by commas: unexpected"),
        (f"{PLAIN}5,1,2,{'x' * 200_000}\n", "t.csv, line 21: expected cells separated by commas"),
        ("5,1\n5,2\n", "t.csv: expected 2 to 256 classes, got 1"),
        ("5,1\n5,2\n6,1\n", "t.csv: expected 2 or more examples of each class, got 1 of 6"),
        ("".join(f"{label},1\n" for label in range(257)), "t.csv: expected 2 to 256 classes, got 257"),
    ],
)
def test_a_wrong_table_is_a_sentence_that_says_where(read, text, sentence):
    with pytest.raises(NumeralError, match=sentence):
        read(text)


def test_a_table_that_is_not_utf_8_is_a_sentence(tmp_path):
    (tmp_path / "t.csv").write_bytes(PLAIN.encode("utf-16"))
    with pytest.raises(NumeralError, match=r"t.csv: expected UTF-8"):
        load_csv(tmp_path / "t.csv")


def test_a_table_is_read_in_blocks_without_a_seam(read, monkeypatch):
    whole = read(PLAIN)
    monkeypatch.setattr(table, "BLOCK", 3)
    assert (read(PLAIN).learning.images == whole.learning.images).all()
    with pytest.raises(NumeralError, match="line 21, column 2: expected a number, got 'x'"):
        read(f"{PLAIN}5,x,2,3\n")


@given(
    st.lists(st.lists(st.integers(0, 255), min_size=3, max_size=3), min_size=2, max_size=9), st.integers(0, 3)
)
def test_what_is_written_is_read_again(tmp_path, rows, column):
    """Each row once as class a and once as class b, with the label in any column."""
    names = ["p", "q", "r"]
    lines = [[*names[:column], "label", *names[column:]]]
    lines += [[*row[:column], label, *row[column:]] for row in rows for label in "ab"]
    text = "\n".join(",".join(map(str, line)) for line in lines)
    dataset = load_csv(write_csv(tmp_path / "t.csv", text))
    assert dataset.learning.images[::2].tolist() == rows
    assert dataset.learning.labels.tolist() == [0, 1] * len(rows)


@given(st.binary(max_size=64) | st.text(',"\r\n01a.-', max_size=64).map(str.encode))
def test_any_bytes_are_a_data_set_or_a_sentence(tmp_path, raw):
    for content in (raw, PLAIN.encode() + raw):
        (tmp_path / "t.csv").write_bytes(content)
        try:
            assert len(load_csv(tmp_path / "t.csv").classes) >= 2
        except NumeralError as error:
            assert "t.csv" in str(error)  # noqa: PT017  the other outcome is as good
