"""Behind a proxy that has the service under a path, the pages work as they do without one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pen import DIGITS, draw, settled
from playwright.sync_api import expect
from proxy import proxy

from model.document.document import Input
from model.registry.registry import Registry

ROOT = "/tools/numeral"

pytestmark = pytest.mark.slow


@pytest.fixture
def behind(serve) -> Iterator[Callable[..., str]]:
    """Serve a registry behind a proxy, and return the address of that; to be asked for before `open_page`."""
    with ExitStack() as stack:

        def start(registry: Path, *, strips: bool = True) -> str:
            server = serve(registry, root_path=ROOT, workers=1)
            return stack.enter_context(proxy(server.url, ROOT, strips=strips))

        yield start


@pytest.mark.parametrize("strips", [True, False], ids=["stripped", "not stripped"])
def test_every_page_is_reached_and_works(behind, open_page, trained, strips):
    address = behind(trained, strips=strips)
    page = open_page(ROOT + "/", url=address)
    draw(page, DIGITS["7"])
    settled(page)
    page.locator("#why summary").click()
    expect(page.locator("#why[data-state=explained]")).to_be_visible()
    page.locator("#against-version").select_option("version=2")
    settled(page, "#against")
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("link", name="Version 2", exact=True).click()
    expect(page.get_by_text("candidate", exact=True)).to_be_visible()
    page.get_by_role("link", name="All versions").click()
    page.get_by_role("link", name="API").click()
    operation = page.locator("#predict")
    for type_of_body in ("application/json", "image/png", "multipart/form-data"):
        operation.get_by_label("Type of the body").select_option(type_of_body)
        operation.get_by_role("button", name="Run").click()
        expect(operation.locator(".answer")).to_contain_text('"predictions": [')
        expect(operation.get_by_role("status")).to_contain_text("200 OK")
    expect(operation.locator(".command code")).to_contain_text(
        f"curl -s '{address}{ROOT}/static/examples/digit.png'"
    )
    expect(operation.locator(".command code")).to_contain_text(f"curl '{address}{ROOT}/predict'")
    page.get_by_role("link", name="Numeral", exact=True).click()
    expect(page.locator("#square")).to_be_visible()
    assert page.url == f"{address}{ROOT}/"


def test_a_version_that_takes_something_else_has_its_page_there(behind, open_page, make_document, tmp_path):
    registry = Registry(tmp_path / "registry", "mnist")
    registry.publish(make_document(), "a test")
    registry.publish(make_document(shape=(2, 2), input=Input((2, 2), preprocessing="none")), "a test")
    registry.point("champion", 1, "a test")
    address = behind(tmp_path / "registry")
    page = open_page(ROOT + "/", url=address)
    page.locator("#version").select_option("version=2")
    expect(page.locator("#model")).to_contain_text("mnist, version 2")
    assert page.url == f"{address}{ROOT}/?version=2"
