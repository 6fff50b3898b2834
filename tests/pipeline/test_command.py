import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from model.registry.registry import CHAMPION
from pipeline import __main__ as command
from pipeline.training.recipes import RECIPES
from report.version_report import whole

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("NUMERAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NUMERAL_REGISTRY", str(tmp_path / "registry"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def test_recipes_are_listed_with_what_to_expect(capsys):
    assert command.main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(RECIPES)
    for line, recipe in zip(lines, RECIPES.values(), strict=True):
        assert line.split()[0] == recipe.name
        assert recipe.expected in line
        assert line.endswith(recipe.source)


def test_nothing_is_trained_where_a_champion_is(registry, make_document, capsys, monkeypatch):
    registry.publish(make_document(), "test")
    registry.point(CHAMPION, 1, "test")
    monkeypatch.setitem(sys.modules, "prefect", None)  # importing it would fail, and takes seconds
    assert command.main(["run", "--if-no-champion"]) == 0
    assert "holds a champion; nothing to train" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "variable", "sentence"),
    [
        (["run"], ("NUMERAL_PROT", "8000"), "NUMERAL_PROT: no such setting"),
        (["run"], ("NUMERAL_GATE_FLOOR", "2"), "NUMERAL_GATE_FLOOR: expected a number from 0 to 1, got '2'"),
        (["run", "--if-no-champion"], ("NUMERAL_MODEL", "../up"), "model name: expected letters"),
        (["schedule"], ("HOME", "/"), "PREFECT_API_URL: expected the URL of a Prefect server"),
        (
            ["run", "--dask", "tcp://h:1", "--recipe", "quick"],
            ("HOME", "/"),
            "a recipe that has teachers (committee)",
        ),
        (
            ["run", "--seed", "-1"],
            ("HOME", "/"),
            "seed: expected a whole number from 0 to 9223372036854775807, got -1",
        ),
        (["schedule", "--seed", "-1"], ("HOME", "/"), "seed: expected a whole number from 0"),
    ],
    ids=["unknown", "out-of-range", "name", "no-server", "no-teachers", "seed", "seed-of-a-schedule"],
)
def test_what_is_wrong_is_one_sentence_and_exit_code_1(arguments, variable, sentence, capsys, monkeypatch):
    monkeypatch.setenv(*variable)
    assert command.main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("python -m pipeline: ")
    assert sentence in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("cron", "sentence"),
    [
        ("soon", "expected five fields such as '0 3 * * *', got 'soon'"),
        ("* * * * * */2", "expected five fields"),
        ("0 3 * *", "expected five fields"),
        ("@daily", "expected five fields"),
        ("0 3 * * *  7", "expected five fields"),
        ("61 3 * * *", "expected five fields"),
        ("*/61 * * * *", "minute: expected a step of at most 59, got '*/61'"),
        ("0 */24 * * *", "hour: expected a step of at most 23, got '*/24'"),
        ("0 0 1-10/15 * *", "day of month: expected a step of at most 9, got '1-10/15'"),
        ("0 0 * 1,*/13 *", "month: expected a step of at most 11"),
        ("0 0 * * */8", "day of week: expected a step of at most 7"),
    ],
)
def test_a_schedule_that_is_none_is_one_sentence(cron, sentence, capsys, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert command.main(["schedule", "--cron", cron]) == 1
    error = capsys.readouterr().err
    assert error.startswith("python -m pipeline: --cron: ")
    assert sentence in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "cron", ["0 3 * * *", "*/59 */2 1-31/30 JAN-DEC/2 mon-fri", "0,30 3 * 1 */7", "0 0 L * *"]
)
def test_a_schedule_that_is_one_is_taken(cron, capsys, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    command.main(["schedule", "--cron", cron])
    assert "PREFECT_API_URL: expected a Prefect server" in capsys.readouterr().err


def test_ctrl_c_is_one_line_and_exit_code_130(capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "has_champion", interrupted)
    assert command.main(["run", "--if-no-champion"]) == 130
    assert capsys.readouterr().err == "python -m pipeline: stopped\n"


@pytest.mark.parametrize(
    ("variables", "hosts"),
    [
        ({}, "localhost,127.0.0.1,::1"),
        ({"NO_PROXY": "a.example"}, "a.example,localhost,127.0.0.1,::1"),
        ({"no_proxy": "127.0.0.1,b", "NO_PROXY": "c"}, "127.0.0.1,b,localhost,::1"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_loopback_is_never_asked_through_a_proxy(variables, hosts):
    clean = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    code = "import os, pipeline; print(os.environ['no_proxy'])"
    shown = subprocess.check_output([sys.executable, "-c", code], env=clean | variables, text=True)
    assert shown.strip() == hosts


def test_a_full_disk_is_one_sentence(capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "registry")

    monkeypatch.setattr(command, "has_champion", full)
    assert command.main(["run", "--if-no-champion"]) == 1
    assert (
        "No space left on device: 'registry'; nothing that was published is changed"
        in capsys.readouterr().err
    )


def test_another_data_set_is_answered_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit):
        command.main(["run", "--dataset", "csv"])
    sentence = "expected one of mnist, digits, fashion-mnist, idx:DIR, npz:FILE, csv:FILE, got 'csv'"
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(("named", "version"), [("1", 1), ("champion", 2)])
def test_a_report_is_one_file(registry, make_document, tmp_path, monkeypatch, capsys, named, version):
    monkeypatch.chdir(tmp_path)
    for recipe in ("one", "two"):
        registry.publish(make_document(training={"recipe": recipe}), "test")
    registry.point(CHAMPION, 2, "test")
    assert command.main(["report", named]) == 0
    assert f"the report is mnist-{version}.html" in capsys.readouterr().out
    document, _ = registry.load(version)
    assert (tmp_path / f"mnist-{version}.html").read_text(encoding="utf-8") == whole(document)


def test_a_report_is_written_where_it_is_asked_for(registry, make_document, tmp_path):
    registry.publish(make_document(), "test")
    assert command.main(["report", "1", "--output", str(tmp_path / "it.html")]) == 0
    assert (tmp_path / "it.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_report_on_standard_output_is_alone_there(registry, make_document, tmp_path):
    registry.publish(make_document(), "test")
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o555)
    report = [sys.executable, "-m", "pipeline", "report", "1", "--output", "-"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(report, cwd=folder, env=environment, capture_output=True, check=True)
    assert result.stdout == whole(registry.load(1)[0]).encode()
    assert (result.stderr, list(folder.iterdir())) == (b"", [])


def test_a_reader_who_has_had_enough_is_no_error():
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "pipeline", "recipes"]
    result = subprocess.run(command, cwd=ROOT, stdout=writes, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writes)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["7"], "mnist version 7: no such version"), (["best"], "no alias 'best'")],
)
def test_a_report_of_what_is_not_there_is_one_sentence(arguments, sentence, capsys):
    assert command.main(["report", *arguments]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("name", ["run", "schedule"])
def test_what_to_learn_reaches_the_flow(name):
    arguments = [name, "--dataset", "fashion-mnist", "--classes", "Sandal, Bag", "--seed", "1"]
    assert command._parameters(command._parser().parse_args(arguments)) == {
        "dataset": "fashion-mnist",
        "header": None,
        "label": None,
        "transpose": False,
        "classes": ["Sandal", "Bag"],
        "recipe": None,
        "seed": 1,
    }


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("5,8", ["5", "8"]),
        ('"a, b", c', ["a, b", "c"]),
        ('"the ""c""",d', ['the "c"', "d"]),
        ("", [""]),
    ],
)
def test_a_label_may_hold_a_comma_in_quotes(text, classes):
    assert command._parser().parse_args(["run", "--classes", text]).classes == classes


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        (["--header", "--label", "kind"], (True, "kind", False)),
        (["--no-header", "--label", "5"], (False, "5", False)),
        (["--transpose"], (None, None, True)),
    ],
)
def test_how_files_are_read_reaches_the_flow(arguments, read):
    parameters = command._parameters(command._parser().parse_args(["run", *arguments]))
    assert tuple(parameters[name] for name in ("header", "label", "transpose")) == read


@pytest.mark.parametrize(
    "arguments",
    [[], ["train"], ["run", "--recipe", "none"], ["run", "--dataset", "x"], ["run", "--classes", '"a']],
)
def test_wrong_arguments_show_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m pipeline" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"), [("DO_NOT_TRACK", "1"), ("PREFECT_SERVER_ANALYTICS_ENABLED", "false")]
)
def test_prefect_reports_to_nobody_unless_it_is_told_to(name, value):
    environment = {variable: text for variable, text in os.environ.items() if variable != name}
    code = f"import os, pipeline; print(os.environ[{name!r}])"
    shown = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert shown.strip() == value
