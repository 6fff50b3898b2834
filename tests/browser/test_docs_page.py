"""The API's page in a browser: its examples run, and can be read, reached and copied by anyone."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

DIGIT = Path(__file__).parents[2] / "docs/digit.png"
OPEN_ALL = "for (const each of document.querySelectorAll('details')) each.open = true"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

pytestmark = pytest.mark.slow


def run(operation):
    """Run the example as it stands, and return what is said of the answer."""
    status = operation.get_by_role("status")
    status.evaluate("(node) => node.replaceChildren()")
    operation.get_by_role("button", name="Run").click()
    expect(status).not_to_be_empty()
    return status.text_content()


def operation(page, name):
    """An operation by its id, unfolded."""
    page.evaluate("(name) => { document.getElementById(name).open = true }", name)
    return page.locator(f"#{name}")


def terminal(command):
    """The status of the answer to a command, as a terminal has it."""
    asked = f"{command} -s -o /dev/null -w '%{{http_code}}'"
    return subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True).stdout


def operations(page):
    return page.locator(".operation").evaluate_all("(all) => all.map((each) => each.id)")


def test_every_example_is_answered(open_page):
    page = open_page("/docs")
    names = operations(page)
    said = {name: run(operation(page, name)) for name in names}
    assert len(names) > 40
    assert {name: status for name, status in said.items() if not status.startswith("200 OK in ")} == {}


def test_every_command_is_answered_in_a_terminal(open_page):
    page = open_page("/docs")
    commands = page.locator(".command code").all_text_contents()
    assert len(commands) == len(operations(page))
    assert {command[:80]: terminal(command) for command in commands} == {
        command[:80]: "200" for command in commands
    }


@pytest.mark.parametrize("name", ["predict", "invocations", "v2_models_name_infer"])
def test_every_type_of_body_is_answered_here_and_in_a_terminal(open_page, name):
    asked = operation(open_page("/docs"), name)
    types = asked.get_by_label("Type of the body")
    for kind in types.locator("option").all_text_contents():
        types.select_option(kind)
        assert run(asked).startswith("200"), kind
        assert terminal(asked.locator(".command code").text_content()) == "200", kind


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("application/json", '"predictions": ['),
        ("text/csv", "0."),
        ("application/x-npy", "168 bytes that are no text"),
    ],
)
def test_an_answer_comes_in_the_type_that_is_chosen(open_page, kind, seen):
    asked = operation(open_page("/docs"), "invocations")
    asked.get_by_label("Type of the answer").select_option(kind)
    assert run(asked).startswith("200")
    expect(asked.locator(".answer")).to_contain_text(seen)
    expect(asked.locator(".result dl")).to_contain_text(f"Content-Type{kind}")


def test_the_answer_is_laid_out_for_people(open_page):
    asked = operation(open_page("/docs"), "predict")
    run(asked)
    lines = asked.locator(".answer").text_content().splitlines()
    assert lines[:3] == ["{", '  "model": {', '    "name": "mnist",']
    assert any(line.startswith('  "labels": ["') for line in lines)


def test_a_file_of_one_s_own_is_sent(open_page, tmp_path):
    asked = operation(open_page("/docs", errors_expected=True), "predict")
    (tmp_path / "own.png").write_text("no image")
    for kind in ("image/png", "multipart/form-data"):
        asked.get_by_label("Type of the body").select_option(kind)
        body = asked.locator(f".body[data-type='{kind}']")
        body.get_by_label("or a file of yours").set_input_files(DIGIT)
        assert run(asked).startswith("200")
        body.get_by_label("or a file of yours").set_input_files(tmp_path / "own.png")
        assert run(asked).startswith("422")
        assert "@own.png" in asked.locator(".command code").text_content()


def test_a_header_is_sent_and_told(open_page):
    asked = operation(open_page("/docs"), "healthz")
    asked.get_by_text("Headers", exact=True).click()
    asked.get_by_label("X-Request-ID").fill("it's me")
    expect(asked.locator(".command code")).to_contain_text("-H 'X-Request-ID: it'\\''s me'")
    asked.get_by_label("X-Request-ID").fill("me")
    run(asked)
    expect(asked.locator(".result dl")).to_contain_text("X-Request-IDme")


def test_a_parameter_of_the_query_is_sent_and_told(open_page):
    asked = operation(open_page("/docs"), "predict")
    asked.get_by_label("details").select_option("true")
    expect(asked.locator(".command code")).to_contain_text("/predict?details=true'")
    assert run(asked).startswith("200")
    expect(asked.locator(".answer")).to_contain_text('"familiar": [')


def test_a_refusal_is_shown_with_its_sentence(open_page):
    asked = operation(open_page("/docs", errors_expected=True), "predict")
    asked.get_by_label("Body of").fill('{"instances": [[0, 0.5, 1]]}')
    assert run(asked).startswith("422 UNPROCESSABLE ENTITY")
    expect(asked.locator(".answer")).to_contain_text("instances[0]: expected 784 numbers, got 3")


def test_it_says_when_the_server_is_away_and_asks_again_when_it_is_back(open_page, serve, trained):
    server = serve(trained)
    asked = operation(open_page("/docs", url=server.url, errors_expected=True), "healthz")
    server.stop()
    assert run(asked) == "The server does not answer. Is it running?"
    serve(trained, port=server.port)
    assert run(asked).startswith("200")


def test_the_command_can_be_copied(open_page):
    page = open_page("/docs", permissions=["clipboard-read", "clipboard-write"])
    asked = operation(page, "healthz")
    asked.get_by_role("button", name="Copy").click()
    expect(asked.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == asked.locator(".command code").text_content()


def test_the_command_is_selected_where_it_cannot_be_copied(open_page):
    page = open_page("/docs")
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error()))")
    asked = operation(page, "healthz")
    asked.get_by_role("button", name="Copy").click()
    expect(asked.get_by_role("button", name="Selected")).to_be_visible()
    assert page.evaluate("String(getSelection())") == asked.locator(".command code").text_content()


def test_an_operation_is_reached_by_its_address(open_page):
    page = open_page("/docs#invocations")
    expect(page.locator("#invocations form")).to_be_in_viewport()
    page.get_by_role("navigation", name="Operations").get_by_role("link", name="/healthz").click()
    expect(page.locator("#healthz form")).to_be_in_viewport()


def test_the_keyboard_is_enough(open_page):
    page = open_page("/docs")
    page.locator("#healthz > summary").focus()
    page.keyboard.press("Enter")
    for focused in ("Headers", "Run"):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text(focused)
    page.keyboard.press("Enter")
    expect(page.locator("#healthz").get_by_role("status")).to_contain_text("200 OK")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_contain_text('"status": "alive"')


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave(open_page, axe, scheme):
    page = open_page("/docs", color_scheme=scheme)
    run(operation(page, "predict"))
    page.evaluate(OPEN_ALL)
    axe(page)


def test_a_phone_scrolls_down_alone_and_axe_finds_nothing_grave(open_page, axe):
    page = open_page("/docs", **PHONE)
    assert run(operation(page, "predict")).startswith("200")
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    axe(page)


def test_it_can_be_read_without_scripts(open_page):
    page = open_page("/docs#predict", java_script_enabled=False)
    asked = page.locator("#predict")
    expect(asked.get_by_text("Name so many of the likeliest classes in")).to_be_visible()
    assert '"instances"' in asked.get_by_label("Body of POST /predict").input_value()
    expect(asked.get_by_role("button", name="Run")).to_be_hidden()
