import hashlib
import io
import pickle
import zipfile

import numpy as np
import pytest
from files import write_npz
from hypothesis import given
from hypothesis import strategies as st

from model.errors import NumeralError
from pipeline.data.formats.npz import load_npz

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 3), np.uint8)
LABELS = np.int64([0, 1, 2, 0, 1, 2])
DIVIDED = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:3], "y_test": LABELS[:3]}


def archive(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


SMALL = archive(x=np.eye(4), y=np.int8([0, 1, 0, 1]))


def test_four_arrays_make_a_data_set(tmp_path):
    path = write_npz(tmp_path / "shapes.npz", **DIVIDED, more=np.zeros(3))
    dataset = load_npz(path)
    assert (dataset.name, dataset.classes, dataset.input.shape) == ("npz:shapes.npz", ("0", "1", "2"), (4, 3))
    assert (len(dataset.learning), len(dataset.test)) == (6, 3)
    assert (dataset.learning.images.reshape(IMAGES.shape) == IMAGES).all()
    assert dataset.sha256 == {"shapes.npz": hashlib.sha256(path.read_bytes()).hexdigest()}


def test_two_arrays_are_divided(tmp_path):
    dataset = load_npz(write_npz(tmp_path / "d.npz", x=np.tile(IMAGES, (5, 1, 1)), y=np.tile(LABELS, 5)))
    assert np.bincount(dataset.learning.true_classes()).tolist() == [5, 5, 5], "one of two images of a class"
    assert np.bincount(dataset.test.true_classes()).tolist() == [5, 5, 5]


MEDMNIST = {
    "train_images": IMAGES,
    "train_labels": LABELS[:, None],
    "val_images": IMAGES[:2],
    "val_labels": LABELS[:2, None],
    "test_images": IMAGES[:3],
    "test_labels": LABELS[:3, None],
}


@pytest.mark.parametrize(
    ("arrays", "learning"),
    [
        (MEDMNIST, 6),
        ({name.upper(): array for name, array in DIVIDED.items()}, 6),
        ({"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES}, 3),
        ({"train_images": IMAGES, "train_labels": LABELS}, 3),
        ({"images": IMAGES, "labels": LABELS}, 3),
        ({"X": IMAGES, "Y": LABELS}, 3),
        ({"arr_0": IMAGES, "arr_1": LABELS}, 3),
        (DIVIDED | {"y_train": np.eye(3)[LABELS], "y_test": np.eye(3)[LABELS[:3]]}, 6),
    ],
    ids=[
        "medmnist",
        "capitals",
        "no-test-labels",
        "train-alone",
        "plain",
        "capital-letters",
        "unnamed",
        "one-hot",
    ],
)
def test_arrays_have_the_names_that_people_give_them(tmp_path, arrays, learning):
    dataset = load_npz(write_npz(tmp_path / "d.npz", **arrays))
    assert (dataset.classes, dataset.input.shape) == (("0", "1", "2"), (4, 3))
    assert len(dataset.learning) == learning
    assert np.bincount(dataset.test.true_classes()).tolist() == [1, 1, 1]


KMNIST = {
    "kmnist-train-imgs.npz": IMAGES,
    "kmnist-train-labels.npz": LABELS.astype(np.uint8),
    "kmnist-test-imgs.npz": IMAGES[:3],
    "kmnist-test-labels.npz": LABELS[:3].astype(np.uint8),
}


def test_a_folder_may_hold_an_array_a_file(tmp_path):
    for name, array in KMNIST.items():
        write_npz(tmp_path / name, arr_0=array)
    dataset = load_npz(tmp_path)
    assert (dataset.name, dataset.classes) == ("npz:kmnist", ("0", "1", "2"))
    assert list(dataset.sha256) == list(KMNIST)
    assert (dataset.learning.images.reshape(IMAGES.shape) == IMAGES).all()
    assert dataset.test.true_classes().tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "arrays", "sentence"),
    [
        ("kmnist-test-imgs.npz", None, "expected kmnist-train-imgs.npz, .*; kmnist-test-imgs.npz is missing"),
        (
            "kmnist-test-imgs.npz",
            {"a": IMAGES, "b": LABELS},
            "kmnist-test-imgs.npz: expected one array, got a, b",
        ),
        (
            "kmnist-train-labels.npz",
            {"arr_0": LABELS / 2},
            "kmnist-train-labels.npz, arr_0: expected whole numbers",
        ),
        ("k49-test-imgs.npz", {"arr_0": IMAGES}, "expected one of k49, kmnist named, as in .*/k49"),
    ],
    ids=["missing", "two-arrays", "fractions", "two-sets"],
)
def test_a_folder_that_is_not_right_is_a_sentence(tmp_path, name, arrays, sentence):
    for file, array in KMNIST.items():
        write_npz(tmp_path / file, arr_0=array)
    if arrays is None:
        (tmp_path / name).unlink()
    else:
        write_npz(tmp_path / name, **arrays)
    with pytest.raises(NumeralError, match=sentence):
        load_npz(tmp_path)


def test_images_may_be_fractions_and_flat_and_labels_names_in_a_column(tmp_path):
    names = np.array([["up"], ["down"]] * 3)
    dataset = load_npz(write_npz(tmp_path / "d.npz", x=np.full((6, 5), 0.25), y=names))
    assert (dataset.classes, dataset.input.shape) == (("down", "up"), (5,))
    assert (dataset.learning.images.dtype, dataset.learning.images.max()) == (np.float32, 0.25)


def test_an_archive_may_be_compressed(tmp_path):
    np.savez_compressed(tmp_path / "d.npz", **DIVIDED)
    assert len(load_npz(tmp_path / "d.npz").test) == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x_train": IMAGES[:5]}, r"y_train: expected 5 labels, got dimensions \(6,\)"),
        (
            {"x_test": IMAGES[:3, :3]},
            r"d.npz, x_test: expected images \(4, 3\) of uint8 as in d.npz, x_train, got \(3, 3\)",
        ),
        (
            {"x_test": IMAGES[:3] / 255},
            "x_test: expected images .* of uint8 as in d.npz, x_train, got .* of float32",
        ),
        ({"x_train": LABELS}, "x_train: expected the numbers of images, in two dimensions or more"),
        ({"x_train": np.zeros((0, 4, 3))}, "x_train: expected the numbers of images"),
        ({"x_train": IMAGES.astype(complex)}, "x_train: expected the numbers of images"),
        ({"x_train": IMAGES * 1.5}, r"x_train\[0\], number \d+: expected numbers from 0 to 1, or whole ones"),
        ({"x_train": np.full((6, 4, 3), np.nan)}, r"x_train\[0\], number 0: .* got nan"),
        ({"x_train": IMAGES.astype(object)}, "x_train: expected an array of numbers or text: Object arrays"),
        ({"y_train": LABELS.astype(object)}, "y_train: expected an array of numbers or text: Object arrays"),
        ({"y_train": LABELS / 2}, "y_train: expected whole numbers or text as labels, got float64"),
        ({"y_train": LABELS * 0}, "x_train: expected 2 to 256 classes, got 1"),
        ({"y_test": LABELS[:3] + 1}, "x_test: expected the labels 0, 1, 2, got 3"),
    ],
    ids=[
        *("counts", "shapes", "bytes-and-fractions", "flat", "empty", "complex", "beyond", "nan"),
        *("objects", "object-labels", "fraction-labels", "one-class", "unknown-label"),
    ],
)
def test_wrong_arrays_are_a_sentence(tmp_path, changes, sentence):
    with pytest.raises(NumeralError, match=sentence):
        load_npz(write_npz(tmp_path / "d.npz", **(DIVIDED | changes)))


def test_arrays_of_other_names_are_a_sentence(tmp_path):
    sentence = "d.npz: expected the arrays x_train, y_train, x_test and y_test, or x and y; got images, y"
    with pytest.raises(NumeralError, match=sentence):
        load_npz(write_npz(tmp_path / "d.npz", images=IMAGES, y=LABELS))


def npy():
    buffer = io.BytesIO()
    np.save(buffer, IMAGES)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "raw",
    [b"", b"?" * 100, npy(), pickle.dumps([1]), SMALL[:-30], b"PK\x05\x06" + bytes(17)],
    ids=["empty", "bytes", "npy", "pickle", "cut-off", "zip-cut-off"],
)
def test_what_is_no_archive_is_a_sentence(tmp_path, raw):
    (tmp_path / "d.npz").write_bytes(raw)
    with pytest.raises(NumeralError, match=r"d\.npz: expected an archive that numpy.savez writes"):
        load_npz(tmp_path / "d.npz")


@pytest.mark.parametrize(
    ("member", "raw"),
    [
        ("x.npy", b""),
        ("x.npy", b"no array"),
        ("x", b"no array"),
        ("x.npy", npy()[:-1]),
        ("x.npy", npy().replace(b"(6, 4, 3)", b"(10**99,)")),
        ("x.npy", npy().replace(b"(6, 4, 3), }      ", b"(999999999999999,)}")),
        ("x.npy", npy().replace(b"|u1", b"|X9")),
    ],
    ids=["empty", "bytes", "not-npy", "cut-off", "no-literal", "huge", "type"],
)
def test_a_member_that_is_no_array_is_a_sentence(tmp_path, member, raw):
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as file:
        file.writestr(member, raw)
        file.writestr("y.npy", raw)
    with pytest.raises(NumeralError, match="x: expected"):
        load_npz(tmp_path / "d.npz")


@pytest.mark.filterwarnings("ignore")  # of old headers and types: NumPy reads them all the same
@given(st.integers(0, len(SMALL) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_archive_is_a_data_set_or_a_sentence(tmp_path, start, damage):
    raw = SMALL[:start] + damage + SMALL[start + len(damage) :]
    (tmp_path / "d.npz").write_bytes(raw)
    try:
        assert load_npz(tmp_path / "d.npz").learning.images.shape == (4, 4)
    except NumeralError as error:
        assert "expected" in str(error)  # noqa: PT017  the other outcome is as good


@given(st.binary(max_size=64))
def test_any_bytes_are_a_sentence(tmp_path, raw):
    (tmp_path / "d.npz").write_bytes(raw)
    with pytest.raises(NumeralError):
        load_npz(tmp_path / "d.npz")
