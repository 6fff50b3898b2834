"""Images: however a digit comes, it is brought to the same form; and what is no image is refused."""

import tracemalloc
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from model.document import Input
from service import images
from service.errors import RequestError
from service.images import decode

MNIST = Input()
SIDE = 140


def draw(size=(SIDE, SIDE), at=(30, 20), scale=1.0) -> Image.Image:
    """A seven, black on white."""
    image = Image.new("L", size, 255)
    corners = [(0, 0), (70, 0), (30, 100)]
    points = [(at[0] + x * scale, at[1] + y * scale) for x, y in corners]
    ImageDraw.Draw(image).line(points, fill=0, width=round(12 * scale), joint="curve")
    return image


def content(image: Image.Image, form="PNG", **options) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def seen(image: Image.Image, form="PNG", **options) -> np.ndarray:
    return decode([content(image, form, **options)], MNIST, "body").reshape(28, 28)


@pytest.fixture(scope="module")
def seven() -> np.ndarray:
    return seen(draw())


def alike(one, other) -> float:
    """The mean difference of a pixel, as a share of the mean ink."""
    return float(np.abs(one - other).mean() / other.mean())


def test_it_is_light_on_dark_in_a_box_of_20_centred_by_mass(seven):
    rows, columns = np.nonzero(seven > 0.1)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert seven[0].sum() == seven[-1].sum() == seven[:, 0].sum() == seven[:, -1].sum() == 0
    total = seven.sum()
    centre = (seven.sum(axis=1) @ np.arange(28) / total, seven.sum(axis=0) @ np.arange(28) / total)
    assert np.abs(np.array(centre) - 13.5).max() <= 0.51
    assert (seven.dtype, seven.min(), seven.max() > 0.9) == (np.float32, 0, True)


def rgba(ink: tuple[int, int, int]) -> Image.Image:
    """The seven in a colour on nothing."""
    image = Image.new("RGBA", (SIDE, SIDE), (*ink, 0))
    image.putalpha(draw().point(lambda shade: 255 - shade))
    return image


def palette() -> Image.Image:
    return draw().convert("RGB").quantize(8)


def sixteen_bits() -> Image.Image:
    return Image.fromarray(np.asarray(draw()).astype(np.uint16) * 257)


def rotated() -> tuple[Image.Image, bytes]:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    return draw().transpose(Image.Transpose.ROTATE_90), exif.tobytes()


FORMS = {
    "light on dark": (lambda: draw().point(lambda shade: 255 - shade), {}),
    "elsewhere": (lambda: draw(at=(60, 35)), {}),
    "on a wide canvas": (lambda: draw((400, 200), (200, 50)), {}),
    "twice as large": (lambda: draw((300, 300), (60, 40), 2), {}),
    "pale": (lambda: draw().point(lambda shade: 255 - (255 - shade) // 3), {}),
    "in colours": (lambda: draw().convert("RGB"), {}),
    "of a palette": (palette, {}),
    "of one bit": (lambda: draw().convert("1"), {}),
    "of 16 bits": (sixteen_bits, {}),
    "for a printer": (lambda: draw().convert("CMYK"), {"form": "JPEG", "quality": 95}),
    "black on nothing": (lambda: rgba((0, 0, 0)), {}),
    "white on nothing": (lambda: rgba((255, 255, 255)), {}),
    "JPEG": (draw, {"form": "JPEG", "quality": 90}),
    "WebP": (draw, {"form": "WEBP", "quality": 90}),
    "BMP": (draw, {"form": "BMP"}),
    "a first frame": (draw, {"form": "WEBP", "save_all": True, "lossless": True,
                             "append_images": [Image.new("L", (SIDE, SIDE), 128)]}),
    "with a colour profile": (lambda: draw().convert("RGB"), {"icc_profile": b"no profile at all"}),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_however_it_comes_it_is_the_same(seven, form):
    make, options = FORMS[form]
    assert alike(seen(make(), **options), seven) < 0.15


def test_it_is_turned_as_its_camera_was(seven):
    image, exif = rotated()
    assert alike(seen(image, "JPEG", quality=95, exif=exif), seven) < 0.15
    assert alike(seen(image, "JPEG", quality=95), seven) > 0.5


def test_noise_is_no_ink(seven, rng):
    noisy = np.asarray(draw(), float) - 30 + rng.normal(0, 6, (SIDE, SIDE))
    assert alike(seen(Image.fromarray(noisy.clip(0, 255).astype(np.uint8))), seven) < 0.3


def test_what_is_in_the_form_already_stays(digits):
    for image in digits.test.images[:50].reshape(-1, 28, 28):
        once = seen(Image.fromarray(image))
        again = seen(Image.fromarray((once * 255).round().astype(np.uint8)))
        assert alike(again, once) < 0.25


def test_another_size_is_in_proportion():
    row = decode([content(draw())], Input((56, 56)), "body").reshape(56, 56)
    rows, columns = np.nonzero(row > 0.1)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (39, 40)


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
    monkeypatch.setattr(images, "_grey", None)
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


@pytest.mark.parametrize("key", ["exif", "xmp", "transparency", "icc_profile", "XML:com.adobe.xmp"])
@pytest.mark.parametrize("mode", ["L", "RGB", "1", "P"])
def test_text_under_the_name_of_something_else_does_no_harm(seven, key, mode):
    text = PngInfo()
    text.add_text(key, "no such thing")
    text.add_itxt(key, "no such thing")
    assert alike(seen(draw().convert(mode), pnginfo=text), seven) < 0.15


def test_a_large_photo_is_unpacked_at_a_smaller_scale(seven):
    assert alike(seen(draw().resize((6000, 6000)), "JPEG"), seven) < 0.15


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


class TestPredict:
    @pytest.fixture
    def client(self, publish, make_app):
        publish(seed=2)
        return make_app(max_rows=3).test_client()

    @pytest.fixture
    def expected(self, client, seven):
        return client.post("/predict", json={"instances": [seven.astype(float).tolist()]}).json

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
            ([], "files: expected 1 to 3 rows, got 0"),
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

    def test_a_broken_form_has_no_files(self, client):
        for body, boundary in ((b"--x\r\nbroken", "x"), (b"", "x"), (b"\r\n--y--", "x")):
            answer = client.post(
                "/predict", data=body, content_type=f"multipart/form-data; boundary={boundary}"
            )
            assert answer.status_code in (400, 422)

    def test_a_packed_form_is_415(self, client):
        headers = {"Content-Encoding": "gzip", "Content-Type": "multipart/form-data; boundary=x"}
        assert client.post("/predict", data=b"", headers=headers).status_code == 415
