"""Images: what is none, or too much of one, is refused with a sentence, and the rest is answered."""

import contextlib
import struct
import tempfile
import tracemalloc
import zlib
from io import BytesIO

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pictures import MNIST, SIGNATURE, chunk, content, draw, png, seen
from PIL import Image, ImageDraw

from model.document.document import Input
from service.errors import RequestError
from service.images import image_files
from service.images.image_files import decode


@pytest.mark.parametrize("taken", [Input((784,)), Input((28, 28), preprocessing="none")])
def test_a_model_of_rows_takes_no_images(taken):
    with pytest.raises(RequestError, match="body: this model takes rows of numbers, not images") as caught:
        decode([content(draw())], taken, "body")
    assert caught.value.status == 415


@pytest.mark.parametrize("size", [(1, 1), (28, 28), (1000, 3)])
@pytest.mark.parametrize("mode", ["L", "RGBA", "1"])
def test_an_image_of_one_shade_shows_nothing(size, mode):
    with pytest.raises(RequestError, match="body: expected a digit, got one shade all over") as caught:
        decode([content(Image.new(mode, size))], MNIST, "body")
    assert caught.value.status == 422


@pytest.mark.parametrize(
    ("form", "size", "most"), [("PNG", 20_000, 1 << 26), ("JPEG", 20_000, 1 << 26), ("PNG", 8300, 1 << 26)]
)
def test_too_many_pixels_are_refused_before_they_are_unpacked(monkeypatch, form, size, most):
    bomb = content(Image.new("1" if form == "PNG" else "L", (size, size)), form)
    monkeypatch.setattr(image_files, "_grey", None)
    with pytest.raises(RequestError, match=f"at most {most} pixels, got {size} x {size}$") as caught:
        decode([bomb], MNIST, "body")
    assert caught.value.status == 413


def test_images_share_a_limit():
    half = content(Image.new("1", (4096, 2100)))
    with pytest.raises(
        RequestError, match=r"files\[1\]: expected at most 16777216 pixels, got more"
    ) as caught:
        decode([content(draw((4096, 2100))), half], MNIST, "files")
    assert caught.value.status == 413


def test_scans_without_end_are_refused():
    scans = content(draw(), "JPEG", progressive=True) + b"\xff\xda" * 100
    with pytest.raises(RequestError, match="expected at most 100 scans"):
        decode([scans], MNIST, "body")


def photo_of_many_scans(side: int, scans: int) -> bytes:
    """A progressive JPEG in which the last of its scans comes again and again."""
    whole = content(Image.new("L", (side, side)), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * (scans - whole.count(b"\xff\xda")) + whole[-2:]


def test_scans_of_large_images_are_counted_before_they_are_decoded(monkeypatch):
    many = photo_of_many_scans(3000, 90)
    assert many.count(b"\xff\xda") == 90
    monkeypatch.setattr(image_files, "_grey", None)
    with pytest.raises(
        RequestError, match=r"^body: expected at most 671088640 pixels in all scans, got more$"
    ) as caught:
        decode([many], MNIST, "body")
    assert caught.value.status == 413


def test_scans_are_bounded_for_all_images_of_a_request_together():
    few = photo_of_many_scans(1000, 90)
    with pytest.raises(RequestError, match="body: expected a digit"):
        decode([few], MNIST, "body")
    drawn = content(draw((4000, 4000), scale=20, pen=200), "JPEG", progressive=True)
    with pytest.raises(RequestError, match=r"^files\[\d\]: expected at most 671088640 pixels in all scans"):
        decode([drawn] * 8, MNIST, "files")


def test_scans_are_those_of_a_JPEG_alone():
    text = chunk(b"tEXt", b"Comment\0" + b"\xff\xda" * 101)
    np.testing.assert_array_equal(decode([with_chunks(text)], MNIST, "body").reshape(28, 28), seen(draw()))


@pytest.mark.parametrize("size", [(1 << 20, 1), (1, 1 << 20), (30_000, 500)])
def test_a_thin_image_takes_little(size):
    tracemalloc.start()
    image = Image.new("L", size)
    image.paste(255, (size[0] // 3, size[1] // 3, size[0] // 2 + 1, size[1] // 2 + 1))
    file = content(image)
    seen(image)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - len(file) < 64 << 20


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP"])
def test_a_part_of_an_image_is_none(form):
    whole = content(draw(), form)
    for length in (0, 1, 10, len(whole) // 2, len(whole) - 30):
        with pytest.raises(
            RequestError, match=r"^body: expected a whole image, PNG, JPEG, WEBP, BMP$"
        ) as caught:
            decode([whole[:length]], MNIST, "body")
        assert caught.value.status == 422


def test_another_format_is_none():
    with pytest.raises(RequestError, match="expected a whole image, PNG"):
        decode([content(draw(), "GIF")], MNIST, "body")


@settings(max_examples=300)
@given(
    form=st.sampled_from(["PNG", "JPEG", "WEBP", "BMP"]),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=8)), max_size=5),
)
def test_whatever_has_become_of_an_image_it_is_decoded_or_refused(form, changes):
    bytes_ = bytearray(content(draw().convert("RGB"), form))
    for place, change in changes:
        start = place % len(bytes_)
        bytes_[start : start + len(change)] = change
    try:
        row = decode([bytes(bytes_)], MNIST, "body")
    except RequestError as error:
        assert error.status in (413, 422)  # noqa: PT017  either is right
    else:
        assert np.isfinite(row).all()
        assert row.min() >= 0


def with_chunks(*chunks: bytes) -> bytes:
    """The seven as a PNG, with more chunks after its header."""
    whole = content(draw())
    end = len(SIGNATURE) + 25  # of its header
    return whole[:end] + b"".join(chunks) + whole[end:]


MUCH = zlib.compress(bytes(100 << 20))  # 100 MiB of zeros
BOMBS = {
    "text": with_chunks(chunk(b"zTXt", b"Comment\0\0" + MUCH)),
    "text in a language": with_chunks(chunk(b"iTXt", b"Comment\0\1\0\0\0" + MUCH)),
    "many texts": with_chunks(
        *[chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1 << 20)))] * 100,
    ),
    "a profile": with_chunks(chunk(b"iCCP", b"x\0\0" + MUCH)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_is_packed_beside_the_pixels_is_not_unpacked_without_end(bomb):
    tracemalloc.start()
    with contextlib.suppress(RequestError):
        decode([BOMBS[bomb]], MNIST, "body")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80 << 20


@pytest.mark.parametrize("side", [0, 1 << 31, (1 << 32) - 1])
def test_a_header_that_promises_what_cannot_be_is_refused(side):
    body = png(struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0), np.zeros((0, 0)))
    with pytest.raises(RequestError, match=r"expected (a whole image|at most 67108864 pixels)") as caught:
        decode([body], MNIST, "body")
    assert caught.value.status in (413, 422)


def test_what_is_transparent_all_over_shows_nothing():
    hidden = draw().convert("RGBA")
    hidden.putalpha(0)
    with pytest.raises(RequestError, match="expected a digit, got one shade all over"):
        seen(hidden)


@given(
    shades=arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))),
    few=st.booleans(),
)
def test_every_picture_is_brought_to_the_form_or_shows_nothing(shades, few):
    picture = Image.fromarray(np.where(shades > 250, 255, 0).astype(np.uint8) if few else shades)
    try:
        row = decode([content(picture)], MNIST, "body")
    except RequestError as error:
        assert str(error) == "body: expected a digit, got one shade all over"  # noqa: PT017  either is right
    else:
        assert row.shape == (1, 784)
        assert row.min() >= 0
        assert 0 < row.max() <= 1


class TestPredict:
    @pytest.fixture
    def client(self, publish, make_app):
        publish(seed=2)
        return make_app(max_rows=3).test_client()

    @pytest.fixture
    def expected(self, client):
        return client.post("/predict", json={"instances": [seen(draw()).astype(float).tolist()]}).json

    @pytest.mark.parametrize("path", ["/predict", "/invocations"])
    def test_an_image_is_answered_as_its_pixels_are(self, client, expected, path):
        answer = client.post(path, data=content(draw()), content_type="image/png").json
        (row,) = answer["probabilities" if path == "/predict" else "predictions"]
        assert row == pytest.approx(expected["probabilities"][0], abs=1e-6)

    def test_files_are_answered_in_their_order(self, client, expected):
        other = Image.new("L", (60, 60))
        ImageDraw.Draw(other).ellipse((10, 5, 40, 50), outline=255, width=6)
        files = [("b", (BytesIO(content(other)), "1.png")), ("a", (BytesIO(content(draw(), "BMP")), "2.bmp"))]
        answer = client.post("/predict", data=dict(files), content_type="multipart/form-data").json
        assert len(answer["predictions"]) == 2
        assert answer["probabilities"][1] == pytest.approx(expected["probabilities"][0], abs=1e-6)

    @pytest.mark.parametrize(
        ("files", "message"),
        [
            ([], "files: expected parts with a file"),
            ([b"x"] * 4, "files: expected 1 to 3 rows, got 4"),
            ([b"x"] * 2, "files[0]: expected a whole image, PNG, JPEG, WEBP, BMP"),
        ],
    )
    def test_what_is_no_set_of_images_is_422(self, client, files, message):
        form = {"field": "no file"} | {
            f"f{index}": (BytesIO(file), "x.png") for index, file in enumerate(files)
        }
        answer = client.post("/predict", data=form, content_type="multipart/form-data")
        assert (answer.status_code, answer.json["error"][: len(message)]) == (422, message)

    def test_files_are_kept_in_memory(self, client, monkeypatch, tmp_path):
        large = content(draw((1200, 1000)).convert("RGB"), "BMP")
        form = requests.Request("POST", "http://x", files={"a": large, "b": large}).prepare()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "where there is none"))
        answer = client.post("/predict", data=form.body, content_type=form.headers["Content-Type"])
        assert len(answer.json["predictions"]) == 2

    def test_a_broken_form_has_no_files(self, client):
        for body, boundary in ((b"--x\r\nbroken", "x"), (b"", "x"), (b"\r\n--y--", "x")):
            answer = client.post(
                "/predict", data=body, content_type=f"multipart/form-data; boundary={boundary}"
            )
            assert answer.status_code in (400, 422)

    def test_a_packed_form_is_415(self, client):
        headers = {"Content-Encoding": "gzip", "Content-Type": "multipart/form-data; boundary=x"}
        assert client.post("/predict", data=b"", headers=headers).status_code == 415

    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"", "image/png", 422),
            (b"not an image", "image/jpeg", 422),
            (content(draw(), "GIF"), "image/png", 422),
            (content(draw(), "GIF"), "image/gif", 415),
            (content(draw(), "TIFF"), "image/bmp", 422),
            (content(draw())[:200], "image/png", 422),
            (content(Image.new("1", (9000, 9000))), "image/png", 413),
            (content(Image.new("L", (28, 28))), "image/webp", 422),
            *((bomb, "image/png", None) for bomb in BOMBS.values()),
        ],
    )
    def test_bad_images_are_refused_with_a_sentence(self, client, body, kind, status):
        answer = client.post("/predict", data=body, content_type=kind)
        if status is None and answer.status_code == 200:
            return
        assert answer.status_code == (status or 422)
        assert " " in answer.json["error"]

    @pytest.mark.parametrize("path", ["/predict", "/invocations"])
    @pytest.mark.parametrize(
        "kind", ["image/jpg", "image/pjpeg", "image/x-png", "image/x-ms-bmp", "application/x-image"]
    )
    def test_a_type_may_be_called_otherwise(self, client, expected, path, kind):
        answer = client.post(path, data=content(draw(), "BMP"), content_type=kind).json
        probabilities = answer.get("probabilities") or answer["predictions"]
        assert probabilities[0] == pytest.approx(expected["probabilities"][0], abs=1e-6)

    def test_the_name_of_a_type_may_be_wrong(self, client, expected):
        answer = client.post("/predict", data=content(draw(), "BMP"), content_type="image/png").json
        assert answer["probabilities"][0] == pytest.approx(expected["probabilities"][0], abs=1e-6)
