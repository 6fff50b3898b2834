"""What the tests of pages rely on: whatever may not happen on a page is seen."""

import pytest
from pages import Pages

pytestmark = pytest.mark.slow


@pytest.fixture
def closed_after(browser, site):
    """Open the page, run a script in it, and close it as at the end of a test."""

    def run(script: str, **options) -> None:
        pages = Pages(browser, site.url)
        pages.open("/docs", **options).evaluate(script)
        pages.close()

    return run


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ("console.error('alas')", "console error: alas"),
        ("console.warn('mind')", "console warning: mind"),
        ("{ setTimeout(() => { throw new Error('lost') }); undefined }", "page error: .*lost"),
        ("fetch('/nothing').then(() => {})", "status of 404"),
        ("fetch('http://127.0.0.2:9/').catch(() => {})", "CSP: connect-src refuses http://127.0.0.2:9"),
        ("document.body.setAttribute('style', 'color: red')", "CSP: style-src-attr refuses inline"),
        ("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))", "CSP: script"),
    ],
)
def test_what_goes_wrong_on_a_page_is_seen(closed_after, script, seen):
    with pytest.raises(AssertionError, match=seen):
        closed_after(script)


def test_where_nothing_goes_wrong_nothing_is_seen(closed_after):
    closed_after("console.log('fine'); fetch('/healthz').then(() => {})")


def test_another_host_is_seen_even_where_the_policy_lets_it_be_asked(closed_after):
    script = "fetch('http://127.0.0.2:9/').catch(() => {})"
    with pytest.raises(AssertionError, match=r"request to another host: http://127\.0\.0\.2:9/"):
        closed_after(script, bypass_csp=True, errors_expected=True)


def test_expected_errors_are_let_pass(closed_after):
    closed_after("console.error('alas')", errors_expected=True)


def test_a_broken_policy_is_never_expected(closed_after):
    with pytest.raises(AssertionError, match="CSP: "):
        closed_after("document.body.setAttribute('style', 'color: red')", errors_expected=True)


def test_axe_sees_a_picture_without_words(open_page, axe):
    page = open_page("/docs")
    page.evaluate("document.querySelector('main').append(new Image(20, 20))")
    with pytest.raises(AssertionError, match="critical: image-alt"):
        axe(page)


def test_axe_sees_text_that_is_too_pale(open_page, axe):
    page = open_page("/docs")
    page.evaluate("document.body.style.setProperty('color', '#ccc')")
    with pytest.raises(AssertionError, match="serious: color-contrast"):
        axe(page)


def test_the_site_serves_a_champion_and_a_candidate(open_page):
    page = open_page("/docs")
    said = page.evaluate("fetch('/v2/repository/index', {method: 'POST'}).then((answer) => answer.json())")
    assert [version["version"] for version in said] == ["2", "1"]
    assert page.evaluate("fetch('/model').then((answer) => answer.json())")["version"] == 1
