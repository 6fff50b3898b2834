import gzip
import hashlib
import struct

import numpy as np
import pytest
from files import idx_files, write_idx
from hypothesis import given
from hypothesis import strategies as st

from model.errors import NumeralError
from pipeline.data.formats.mnist import load_fashion_mnist, load_idx, load_mnist
from pipeline.data.mnist_files import FASHION_MNIST, MNIST

FILES = idx_files()


def test_four_files_make_a_data_set(tmp_path):
    dataset = load_mnist(write_idx(tmp_path))
    assert (len(dataset.learning), len(dataset.test)) == (20, 10)
    assert dataset.test.true_classes().tolist() == list(range(10))
    assert (dataset.name, dataset.classes) == ("mnist", tuple("0123456789"))
    assert (dataset.input.shape, dataset.input.preprocessing) == ((28, 28), "mnist")
    assert dataset.sha256 == {name: hashlib.sha256(raw).hexdigest() for name, raw in FILES.items()}


def test_the_digits_of_mnist_are_all_there(tmp_path):
    write_idx(tmp_path, train_labels=np.arange(20, dtype=np.uint8))
    with pytest.raises(NumeralError, match="train-labels-idx1-ubyte: expected labels 0 to 9, got 0, 1, 2"):
        load_mnist(tmp_path)


@pytest.mark.mnist
def test_mnist_comes_from_a_mirror_whole(mnist_folder):
    dataset = load_mnist(mnist_folder)
    assert (len(dataset.learning), len(dataset.test)) == (60_000, 10_000)
    assert dataset.learning.true_classes()[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(dataset.test.true_classes())[:3].tolist() == [980, 1135, 1032]
    assert dataset.sha256 == {name: resource.sha256 for name, resource in MNIST.items()}


def test_fashion_mnist_has_the_names_of_clothes_and_the_digests_of_its_packed_files(tmp_path):
    dataset = load_fashion_mnist(write_idx(tmp_path, packed=True))
    assert (dataset.name, dataset.classes[0], dataset.classes[9]) == (
        "fashion-mnist",
        "T-shirt/top",
        "Ankle boot",
    )
    packed = gzip.compress(FILES["t10k-labels-idx1-ubyte"], mtime=0)
    assert dataset.sha256["t10k-labels-idx1-ubyte.gz"] == hashlib.sha256(packed).hexdigest()
    assert FASHION_MNIST.keys() == MNIST.keys() == FILES.keys()


def test_a_folder_may_hold_images_of_another_size_and_other_labels(tmp_path):
    write_idx(
        tmp_path / "letters",
        packed=True,
        train_images=np.ones((3, 8, 5), np.uint8),
        train_labels=np.uint8([200, 7, 7]),
        t10k_images=np.zeros((1, 8, 5), np.uint8),
        t10k_labels=np.uint8([200]),
    )
    dataset = load_idx(tmp_path / "letters")
    assert (dataset.name, dataset.classes, dataset.input.shape) == ("idx:letters", ("7", "200"), (8, 5))
    assert dataset.learning.true_classes().tolist() == [1, 0, 0]
    assert dataset.learning.images.dtype == np.uint8  # bytes are bytes, however dark


def write_as(folder, names, **changes):
    """The four files under other names; `names` has what stands for train and t10k."""
    folder.mkdir(exist_ok=True)
    for name, raw in idx_files(**changes).items():
        part, rest = name.split("-", 1)
        (folder / names[part].format(rest=rest)).write_bytes(raw)
    return folder


def test_files_may_have_a_point_before_the_form(tmp_path):
    for name, raw in FILES.items():
        (tmp_path / name.replace("-idx", ".idx")).write_bytes(raw)
    dataset = load_idx(tmp_path)
    assert next(iter(dataset.sha256)) == "train-images.idx3-ubyte"
    assert (len(dataset.learning), len(dataset.test)) == (20, 10)
    (tmp_path / "t10k-labels.idx1-ubyte").write_bytes(b"")
    with pytest.raises(NumeralError, match=r"t10k-labels\.idx1-ubyte: expected an IDX header"):
        load_idx(tmp_path)


def test_a_folder_may_hold_several_data_sets_of_which_one_is_named(tmp_path):
    for name, labels in (("emnist-letters", np.arange(20, dtype=np.uint8) % 10), ("emnist-mnist", None)):
        names = {"train": f"{name}-train-{{rest}}", "t10k": f"{name}-test-{{rest}}"}
        write_as(tmp_path, names, **({} if labels is None else {"train_labels": labels}))
    dataset = load_idx(tmp_path / "emnist-letters")
    assert (dataset.name, len(dataset.learning), len(dataset.test)) == ("idx:emnist-letters", 20, 10)
    with pytest.raises(
        NumeralError, match=r"expected one of emnist-letters, emnist-mnist named, as in .*/emnist-letters"
    ):
        load_idx(tmp_path)
    with pytest.raises(
        NumeralError, match="emnist-digits: expected a folder of IDX files, and there is none"
    ):
        load_idx(tmp_path / "emnist-digits")
    (tmp_path / "emnist-mnist-test-labels-idx1-ubyte").unlink()
    with pytest.raises(NumeralError, match="; emnist-mnist-test-labels-idx1-ubyte is missing"):
        load_idx(tmp_path / "emnist-mnist")


def test_labels_may_have_more_columns_after_the_class_as_those_of_qmnist(tmp_path):
    names = {"train": "qmnist-train-{rest}", "t10k": "qmnist-test-{rest}"}
    folder = write_as(tmp_path, names)
    for part, count in (("train", 20), ("test", 10)):
        (folder / f"qmnist-{part}-labels-idx1-ubyte").unlink()
        rows = np.zeros((count, 8), ">i4")
        rows[:, 0], rows[:, 2] = np.arange(count) % 10, 2000 + np.arange(count)
        header = struct.pack(">HBBII", 0, 0x0C, 2, count, 8)
        (folder / f"qmnist-{part}-labels-idx2-int.gz").write_bytes(gzip.compress(header + rows.tobytes()))
    dataset = load_idx(folder)
    assert (dataset.name, dataset.classes) == ("idx:qmnist", tuple("0123456789"))
    assert dataset.learning.true_classes().tolist() == [*range(10)] * 2


def test_images_of_ints_are_a_sentence(tmp_path):
    write_idx(tmp_path)
    raw = struct.pack(">HBBIII", 0, 0x0C, 3, 20, 1, 1) + bytes(80)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(raw)
    with pytest.raises(NumeralError, match="train-images-idx3-ubyte: expected images of bytes, got >i4"):
        load_idx(tmp_path)


def test_a_file_as_it_is_comes_before_one_that_is_packed(tmp_path):
    write_idx(tmp_path, packed=True, train_labels=np.zeros(20, np.uint8))
    assert load_idx(write_idx(tmp_path)).sha256.keys() == FILES.keys()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"train_images": np.zeros(20, np.uint8)}, "train-images-idx3-ubyte: expected the numbers of images"),
        (
            {"train_images": np.zeros((20, 0, 28), np.uint8)},
            "train-images-idx3-ubyte: expected the numbers of",
        ),
        (
            {"train_labels": np.zeros(19, np.uint8)},
            r"train-labels.* expected 20 labels, got dimensions \(19,\)",
        ),
        ({"train_labels": np.zeros(20, np.uint8)}, "train-images.* expected 2 to 256 classes, got 1"),
        (
            {"t10k_images": np.zeros((10, 28, 27), np.uint8)},
            r"t10k-images.* expected images \(28, 28\) of uint8",
        ),
        ({"t10k_labels": np.full(10, 10, np.uint8)}, "t10k-images.* expected the labels 0, .* 9, got 10"),
        ({"t10k_images": np.zeros((0, 28, 28), np.uint8)}, "t10k-images.* expected the numbers of images"),
    ],
    ids=["flat", "no-pixels", "fewer-labels", "one-class", "another-size", "unknown-label", "empty"],
)
def test_files_that_do_not_fit_together_are_a_sentence(tmp_path, changes, sentence):
    with pytest.raises(NumeralError, match=sentence):
        load_idx(write_idx(tmp_path, **changes))


@pytest.mark.parametrize(
    ("name", "raw", "sentence"),
    [
        ("train-images-idx3-ubyte", None, "train-images-idx3-ubyte is missing"),
        ("t10k-labels-idx1-ubyte", b"", "t10k-labels-idx1-ubyte: expected an IDX header of 4 bytes or more"),
        (
            "t10k-labels-idx1-ubyte",
            b"\x89PNG",
            "t10k-labels-idx1-ubyte: expected two zero bytes at the start",
        ),
    ],
    ids=["missing", "empty", "magic"],
)
def test_a_wrong_file_is_a_sentence(tmp_path, name, raw, sentence):
    write_idx(tmp_path)
    (tmp_path / name).unlink()
    if raw is not None:
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(NumeralError, match=sentence):
        load_idx(tmp_path)


@pytest.mark.parametrize(
    "raw",
    [b"", b"?", gzip.compress(b"x")[:-5], gzip.compress(b"x" * 99)[:12] + b"!!"],
    ids=["nothing", "something else", "cut off", "broken"],
)
def test_a_file_that_is_not_packed_as_its_name_says_is_a_sentence(tmp_path, raw):
    write_idx(tmp_path, packed=True)
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(raw)
    with pytest.raises(NumeralError, match="t10k-images-idx3-ubyte"):
        load_idx(tmp_path)


@pytest.mark.parametrize("name", ["none", "file"])
def test_what_is_no_folder_is_a_sentence(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NumeralError, match=f"{name}: expected a folder of IDX files, and there is none"):
        load_idx(tmp_path / name)


@given(st.sampled_from(sorted(FILES)), st.booleans(), st.binary(max_size=64), st.integers(0, 40))
def test_any_bytes_in_a_file_are_a_data_set_or_a_sentence(tmp_path, name, packed, raw, keep):
    write_idx(tmp_path, packed=packed)
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(path.read_bytes()[:keep] + raw)
    try:
        load_idx(tmp_path)
    except NumeralError:
        pass
    finally:
        path.unlink()
