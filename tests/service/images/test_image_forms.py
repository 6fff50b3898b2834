"""Forms of images: however a digit comes, the network is given the same."""

import struct

import numpy as np
import pytest
from pictures import MNIST, SIDE, alike, content, draw, png, seen
from PIL import Image, ImageChops, ImageCms
from PIL.PngImagePlugin import PngInfo

from service.images.image_files import decode

TURNS = {  # what a camera did, by the orientation that it notes; EXIF 2.32, 4.6.4
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
LOSSLESS = {"save_all": True, "lossless": True, "append_images": [Image.new("L", (SIDE, SIDE), 128)]}
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module")
def seven() -> np.ndarray:
    return seen(draw())


def rgba(ink: tuple[int, int, int]) -> Image.Image:
    """The seven in a colour on nothing."""
    image = Image.new("RGBA", (SIDE, SIDE), (*ink, 0))
    image.putalpha(ImageChops.invert(draw()))
    return image


def palette() -> Image.Image:
    return draw().convert("RGB").quantize(8)


def sixteen_bits() -> Image.Image:
    return Image.fromarray(np.asarray(draw()).astype(np.uint16) * 257)


def linear() -> Image.Image:
    """The seven in shades that are proportional to light, as a profile of gamma 1 would have them."""
    return draw().resize((90, 90)).point(lambda shade: round(255 * (shade / 255) ** 2.2)).convert("RGB")


FORMS = {
    "light on dark": (lambda: ImageChops.invert(draw()), {}),
    "elsewhere": (lambda: draw(at=(60, 35)), {}),
    "on a wide canvas": (lambda: draw((400, 200), (200, 50)), {}),
    "twice as large": (lambda: draw((300, 300), (60, 40), 2), {}),
    "pale": (lambda: draw().point(lambda shade: 255 - (255 - shade) // 3), {}),
    "in colours": (lambda: draw().convert("RGB"), {}),
    "of a palette": (palette, {}),
    "of a palette with nothing for its paper": (palette, {"transparency": 0}),
    "of one bit": (lambda: draw().convert("1"), {}),
    "of 16 bits": (sixteen_bits, {}),
    "grey, with nothing for its paper": (draw, {"transparency": 255}),
    "in colours, with nothing for its paper": (
        lambda: draw().convert("RGB"),
        {"transparency": (255, 255, 255)},
    ),
    "for a printer": (lambda: draw().convert("CMYK"), {"form": "JPEG", "quality": 95}),
    "black on nothing": (lambda: rgba((0, 0, 0)), {}),
    "white on nothing": (lambda: rgba((255, 255, 255)), {}),
    "black on nothing, WebP": (lambda: rgba((0, 0, 0)), {"form": "WEBP"}),
    "JPEG": (draw, {"form": "JPEG", "quality": 90}),
    "progressive JPEG": (draw, {"form": "JPEG", "quality": 90, "progressive": True}),
    "WebP": (draw, {"form": "WEBP", "quality": 90}),
    "BMP": (draw, {"form": "BMP"}),
    "the first frame of a WebP": (draw, {"form": "WEBP", **LOSSLESS}),
    "the first frame of a PNG": (draw, {"save_all": True, "append_images": LOSSLESS["append_images"]}),
    "with a colour profile": (lambda: draw().convert("RGB"), {"icc_profile": PROFILE}),
    "with a colour profile, JPEG": (lambda: draw().convert("RGB"), {"form": "JPEG", "icc_profile": PROFILE}),
    "in shades of gamma 1": (linear, {"icc_profile": PROFILE}),
    "with a colour profile that is none": (lambda: draw().convert("RGB"), {"icc_profile": b"no profile"}),
}


@pytest.mark.parametrize("form", FORMS)
def test_however_it_comes_it_is_the_same(seven, form):
    make, options = FORMS[form]
    assert alike(seen(make(), **options), seven) < 0.15


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_it_is_turned_as_its_camera_was(seven, orientation, form):
    turn, exif = TURNS[orientation], Image.Exif()
    exif[0x0112] = orientation
    image = draw() if turn is None else draw().transpose(turn)
    assert alike(seen(image, form, exif=exif.tobytes(), quality=95), seven) < 0.15


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_turn_that_is_none_turns_nothing(seven, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert alike(seen(draw(), "JPEG", exif=exif.tobytes()), seven) < 0.15


def test_colours_for_a_printer_may_be_upside_down(seven):
    """Adobe's marker says that they are; without it they are taken as they stand."""
    inverted = content(draw().convert("CMYK"), "JPEG", quality=95)
    start = inverted.index(b"\xff\xee")
    length = struct.unpack(">H", inverted[start + 2 : start + 4])[0]
    unmarked = inverted[:start] + inverted[start + 2 + length :]
    row = decode([unmarked], MNIST, "body").reshape(28, 28)
    assert alike(row, seven) < 0.15


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_16_bits_of_whatever_it_is_made_of_are_read(seven, kind, channels):
    ink, full = np.asarray(draw()).astype(">u2") * 257, np.full((SIDE, SIDE), 65535, ">u2")
    planes = {1: [ink], 2: [ink, full], 3: [ink] * 3, 4: [ink] * 3 + [full]}[channels]
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 16, kind, 0, 0, 0)
    body = png(header, np.stack(planes, axis=-1).astype(">u2"))
    row = decode([body], MNIST, "body").reshape(28, 28)
    assert alike(row, seven) < 0.15


@pytest.mark.parametrize("key", ["exif", "xmp", "transparency", "icc_profile", "XML:com.adobe.xmp"])
@pytest.mark.parametrize("mode", ["L", "RGB", "1", "P"])
def test_text_under_the_name_of_something_else_does_no_harm(seven, key, mode):
    text = PngInfo()
    text.add_text(key, "no such thing")
    text.add_itxt(key, "no such thing")
    assert alike(seen(draw().convert(mode), pnginfo=text), seven) < 0.15


def test_a_large_photo_is_unpacked_at_a_smaller_scale(seven):
    assert alike(seen(draw().resize((6000, 6000)), "JPEG"), seven) < 0.15
