"""A real browser, Debian's Chromium, and a site to open in it."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pages import Pages, accessible
from playwright.sync_api import Browser, Page, expect, sync_playwright
from server import Server, wait_for

from model.registry.registry import Registry
from pipeline.data.dataset.subsets import stratified
from pipeline.release.gate import Verdict
from pipeline.release.metadata import document_of, lineage_facts
from pipeline.release.publish import publish
from pipeline.training import trainer
from pipeline.training.evaluate import evaluate
from pipeline.training.fit import fit
from pipeline.training.recipes import DIGITS

RECIPES = (DIGITS, replace(DIGITS, epochs=10))  # of the champion, and of the candidate
AXE = Path(__file__).parents[2] / "var/axe/node_modules/axe-core/axe.min.js"
expect.set_options(timeout=60_000)  # milliseconds, far from what is usual
ARGUMENTS = ("--no-sandbox", "--disable-quic", "--disable-background-networking")


@pytest.fixture(scope="module")  # while Playwright runs, no other loop of asyncio's may in this thread
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium here; Debian's package of that name has it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def trained(digits, tmp_path_factory) -> Path:
    """A registry of two versions that learned the bundled digits: the champion, and a candidate.

    One of the processes that test side by side trains, the others wait for it; so nobody may write to it.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, unfinished = shared / "trained", shared / "unfinished"
    with (shared / "trained.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _train(Registry(unfinished, "mnist"), digits)
            unfinished.rename(folder)
    return folder


def _train(registry: Registry, digits) -> None:
    verdicts = (Verdict(True, "the first"), Verdict(False, "no better", champion=1))
    for seed, (recipe, verdict) in enumerate(zip(RECIPES, verdicts, strict=True)):
        parts = stratified(digits.learning, 120, np.random.default_rng(seed))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(trainer, "CORES", 1)  # others are tested beside it
            fitted = fit(recipe, digits, *parts, seed)
        lineage = lineage_facts(None, verdict.champion, [])
        evaluation = evaluate(fitted.network, digits.test)
        publish(registry, document_of("mnist", digits, parts, fitted, evaluation, lineage), verdict)


@pytest.fixture(scope="session")
def site(trained, tmp_path_factory) -> Iterator[Server]:
    """A service of the trained versions; it is not to be stopped: `serve` starts others."""
    server = Server(trained, tmp_path_factory.mktemp("site") / "service.log")
    wait_for(lambda: server.answers("/readyz"))
    yield server
    server.stop()


@pytest.fixture
def open_page(browser, site, serve) -> Iterator[Callable[..., Page]]:  # noqa: ARG001  they close before it ends
    """Open pages of the site; see `Pages`. With the test's end, nothing may have gone wrong on them."""
    pages = Pages(browser, site.url)
    yield pages.open
    pages.close()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Judge a page by axe-core: nothing serious, nothing critical."""
    if not AXE.exists():
        pytest.skip("no axe-core here; `make var/axe` fetches it")
    return accessible(AXE)
