"""Pages of a site in a real browser, and what a test may not leave behind on them."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.effectiveDirective} refuses ${event.blockedURI}`));
"""
NOISE = ("error", "warning")
INSIDE = ("data", "blob", "about")  # schemes of what leaves the browser for nowhere
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
GRAVE = ("serious", "critical")


class Pages:
    """Pages of one site: each in a context of its own, watched until they are closed."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(
        self, path: str = "/", *, url: str | None = None, errors_expected: bool = False, **options: object
    ) -> Page:
        """A page of the site, or of another one at `url`.

        Args:
            path: what is opened.
            url: of another site, that is then the only one that may be asked.
            errors_expected: whether errors in the console may be, as while the service is away. What breaks
                the Content-Security-Policy, or asks another host, never may.
            options: of Playwright's context: `color_scheme`, `viewport`, `has_touch`...
        """
        context = self._browser.new_context(base_url=url or self._url, **options)
        self._contexts.append(context)
        context.set_default_timeout(60_000)
        context.add_init_script(VIOLATIONS)
        context.on("request", lambda request: self._request(request, urlsplit(url or self._url).netloc))
        context.on("console", lambda message: self._console(message, expected=errors_expected))
        if not errors_expected:
            context.on("weberror", lambda error: self.complaints.append(f"page error: {error.error}"))
        page = context.new_page()
        page.goto(path)
        return page

    def close(self) -> None:
        """Close them all.

        Raises:
            AssertionError: something happened on them that may not.
        """
        for context in self._contexts:
            for page in context.pages:
                page.title()  # what was said before has come by now
            context.close()
        assert not self.complaints, "\n".join(self.complaints)

    def _request(self, request: Request, host: str) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in INSIDE and parts.netloc != host:
            self.complaints.append(f"request to another host: {request.url}")

    def _console(self, message: ConsoleMessage, *, expected: bool) -> None:
        if message.type in NOISE and (message.text.startswith("CSP: ") or not expected):
            self.complaints.append(f"console {message.type}: {message.text} ({message.location['url']})")


def accessible(axe: Path) -> Callable[[Page], None]:
    """A check by axe-core, whose one file is at `axe`, that a page has no grave violation."""
    script = axe.read_text(encoding="utf-8")

    def check(page: Page) -> None:
        page.evaluate(script)
        options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
        grave = [_told(violation) for violation in found if violation["impact"] in GRAVE]
        assert not grave, "\n".join(grave)

    return check


def _told(violation: dict) -> str:
    """A violation of axe-core's with its first places."""
    places = [node["failureSummary"] + "\n" + json.dumps(node["target"]) for node in violation["nodes"][:3]]
    return "\n".join([f"{violation['impact']}: {violation['id']}: {violation['help']}", *places])
