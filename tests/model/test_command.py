import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from model.__main__ import main

ROOT = Path(__file__).parents[2]
WAITS = """
import sys, time
from model.__main__ import main
sleep = time.sleep
time.sleep = lambda seconds: (print("waits", flush=True), sleep(60))
sys.exit(main(sys.argv[1:]))
"""
HEADER = "version  accuracy  dataset  recipe   created                   aliases"


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    """The settings of the commands: the registry of this test, and no others."""
    for name in [name for name in os.environ if name.startswith("NUMERAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NUMERAL_REGISTRY", str(tmp_path / "registry"))


@pytest.fixture
def run(capsys):
    """Run a command: run("list") -> (exit code, standard output, standard error)."""

    def run(*arguments):
        return main(arguments), *capsys.readouterr()

    return run


def damage(folder, version):
    path = folder / "versions" / str(version) / "model.json"
    path.write_bytes(path.read_bytes()[:-1])


def test_list_prints_a_line_for_each_version(published, make_small, run):
    published.point("candidate", 3, "test")
    published.point("tried", 3, "test")
    published.publish(make_small(training={}, dataset={}, metrics={}), "test")
    assert run("list")[1].splitlines() == [
        HEADER,
        "      1    25.00%  mnist    none     2026-01-02T03:04:05.678Z",
        "      2    50.00%  mnist    none     2026-01-02T03:04:05.678Z  champion",
        "      3    75.00%  mnist    none     2026-01-02T03:04:05.678Z  candidate, tried",
        "      4         -  unknown  unknown  2026-01-02T03:04:05.678Z",
    ]


def test_columns_are_as_wide_as_their_content(published, make_small, run):
    long = "csv:measurements-of-the-whole-year"
    published.publish(make_small(dataset={"name": long}), "test")
    lines = run("list")[1].splitlines()
    assert f"  {long}  none    2026-01-02" in lines[4]
    assert {line.index("2026") for line in lines[1:]} == {lines[0].index("created")}


def test_list_is_json_for_programs(published, run, folder, tmp_path):
    run("import", write_net(tmp_path / "net.json"))
    (folder / "versions" / "1" / "manifest.json").write_text("{}")
    first, second, _, fourth = json.loads(run("list", "--json")[1])
    assert (first["version"], first["aliases"]) == (1, [])
    assert first["error"].startswith("mnist version 1: not a manifest")
    manifest = published.manifest(2)
    assert second == asdict(manifest) | {"aliases": ["champion"]}
    assert fourth["imported"] == "net.json"


@pytest.mark.usefixtures("published")
def test_list_shows_an_alias_that_points_nowhere(run, folder):
    (folder / "aliases.json").write_text('{"champion":9}', encoding="utf-8")
    code, output, _ = run("list")
    last = output.splitlines()[-1]
    assert (code, len(output.splitlines())) == (0, 5)
    assert last.startswith("      9  mnist version 9: no such version; the latest: 1, 2, 3")
    assert last.endswith("  champion")


@pytest.mark.usefixtures("published")
def test_list_shows_what_is_there_before_it_says_that_the_aliases_are_damaged(run, folder):
    (folder / "aliases.json").write_text("[]", encoding="utf-8")
    code, output, error = run("list")
    assert (code, len(output.splitlines()), error.count("\n")) == (1, 4, 1)
    assert "aliases.json: expected an object of versions, got []" in error


@pytest.mark.usefixtures("published")
def test_list_goes_on_after_a_damaged_version(tmp_path, run):
    (tmp_path / "registry" / "mnist" / "versions" / "2" / "manifest.json").write_text("{}")
    first, second, third = run("list")[1].splitlines()[1:]
    assert second.startswith("      2  mnist version 2: not a manifest")
    assert second.endswith("  champion")
    assert (first[:7].strip(), third[:7].strip()) == ("1", "3")


@pytest.mark.usefixtures("published")
def test_list_tells_of_a_manifest_that_is_another_version_s(folder, run):
    shutil.copy(folder / "versions/1/manifest.json", folder / "versions/3/manifest.json")
    assert run("list")[1].splitlines()[3] == "      3  mnist version 3: the manifest is that of version 1"


def test_list_of_nothing_is_its_header(run, tmp_path):
    assert run("list") == (0, "version  accuracy  dataset  recipe  created  aliases\n", "")
    assert not (tmp_path / "registry").exists()


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(("arguments", "version"), [([], 2), (["champion"], 2), (["3"], 3)])
def test_show_prints_a_document_without_its_weights(arguments, version, run):
    code, output, _ = run("show", *arguments)
    shown = json.loads(output)
    assert (code, shown["version"], shown["metrics"]["accuracy"]) == (0, version, version / 4)
    assert shown["network"] == {
        "sizes": [4, 12, 10],
        "activations": ["relu", "softmax"],
        "cost": "categorical_cross_entropy",
    }


def write_net(path):
    """A network of one layer, as network2.py saves it."""
    path.write_text('{"sizes":[2,1],"weights":[[[4,-4]]],"biases":[[[1]]],"cost":"QuadraticCost"}')
    return str(path)


def test_import_publishes_a_version_and_leaves_the_champion(published, run, tmp_path):
    sentence = "mnist: net.json is version 4; `promote 4` makes it champion\n"
    assert run("import", write_net(tmp_path / "net.json")) == (0, sentence, "")
    assert published.load(4)[0].network.parameters.flat.tolist() == [4, -4, 1]
    assert (published.resolve("champion"), published.log()[-1].why) == (2, "imported from net.json")


def test_what_was_imported_is_listed_shown_verified_and_promoted(run, tmp_path):
    run("import", write_net(tmp_path / "net.json"))
    assert run("list")[1].splitlines()[1].startswith("      1         -  unknown  imported: net.json  ")
    assert json.loads(run("show", "1")[1])["network"]["activations"] == ["sigmoid"]
    assert run("verify") == (0, "version 1: whole\nlog: whole\n", "")
    assert run("promote", "1") == (0, "mnist: champion is version 1\n", "")


def test_a_file_to_import_may_have_any_name(run, registry, tmp_path):
    assert run("import", write_net(tmp_path / os.fsdecode(b"n\xe9.json")))[0] == 0
    assert registry.load(1)[0].lineage["imported"]["file"] == "n\ufffd.json"


def test_a_file_that_is_no_network_is_one_sentence_and_no_version(run, registry, tmp_path):
    (tmp_path / "net.json").write_text('{"sizes":[2,1],"weights":[[[4],[-4]]],"biases":[[1]]}')
    sentence = "python -m model: weights[0]: expected shape (1, 2), got (2, 1)\n"
    assert run("import", str(tmp_path / "net.json")) == (1, "", sentence)
    assert registry.versions() == []


@pytest.mark.parametrize(
    ("name", "why"), [("none.json", "No such file or directory"), (".", "Is a directory")]
)
def test_a_file_that_cannot_be_read_is_one_sentence(name, why, run, tmp_path):
    path = str(tmp_path / name)
    assert run("import", path) == (1, "", f"python -m model: {path}: cannot be read: {why}\n")


@pytest.mark.parametrize("target", ["3", "candidate"])
def test_promote_makes_a_version_champion(target, published, run):
    published.point("candidate", 3, "test")
    assert run("promote", target, "--why", "looks good") == (0, "mnist: champion is version 3\n", "")
    assert published.resolve("champion") == 3
    assert published.log()[-1].why == "looks good"


def test_rollback_gives_champion_back(published, run):
    assert run("rollback") == (0, "mnist: champion is version 1 again\n", "")
    assert published.resolve("champion") == 1
    assert published.log()[-1].why == "by hand"


@pytest.mark.usefixtures("published")
def test_verify_says_of_every_version_and_alias_that_it_is_whole(run):
    parts = ["version 1", "version 2", "version 3", "alias champion (version 2)", "log"]
    assert run("verify") == (0, "".join(f"{part}: whole\n" for part in parts), "")


@pytest.mark.usefixtures("published")
def test_verify_finds_a_damaged_version_and_goes_on(run, folder):
    damage(folder, 1)
    code, output, _ = run("verify")
    lines = output.splitlines()
    assert code == 1
    assert lines[0].startswith("version 1: mnist version 1: expected sha256 ")
    assert lines[1:] == [
        f"{part}: whole" for part in ("version 2", "version 3", "alias champion (version 2)", "log")
    ]


@pytest.mark.usefixtures("published")
def test_verify_finds_an_alias_that_points_nowhere(run, folder):
    (folder / "aliases.json").write_text('{"champion":9}', encoding="utf-8")
    code, output, _ = run("verify")
    sentence = "alias champion (version 9): mnist version 9: no such version; the latest: 1, 2, 3"
    assert (code, output.splitlines()[-2:]) == (1, [sentence, "log: whole"])


def test_another_model_is_named_by_an_option(registry, published, make_small, run, tmp_path):
    other = type(registry)(tmp_path / "registry", "digits")
    other.publish(make_small(name="digits"), "test")
    assert run("--model", "digits", "promote", "1") == (0, "digits: champion is version 1\n", "")
    assert published.resolve("champion") == 2


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "9"], "mnist version 9: no such version; the latest: 1, 2, 3"),
        (["show", "latest"], "{folder}: no alias 'latest'; the aliases are: champion"),
        (["show", "\u00b2"], "{folder}: no alias '\u00b2'; the aliases are: champion"),
        (["show", "9" * 5000], "{folder}: no alias '" + "9" * 5000 + "'; the aliases are: champion"),
        (["promote", "9"], "mnist version 9: no such version; the latest: 1, 2, 3"),
        (
            ["--model", "../mnist", "list"],
            "model name: expected letters, digits, '.', '_' or '-', got '../mnist'",
        ),
    ],
)
def test_an_error_is_one_sentence_and_exit_code_1(arguments, sentence, run, folder):
    expected = sentence.format(folder=folder)
    assert run(*arguments) == (1, "", f"python -m model: {expected}\n")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("arguments", [["show", "1"], ["promote", "1"], ["rollback"]])
def test_a_damaged_version_is_one_sentence(arguments, run, folder):
    damage(folder, 1)
    code, output, error = run(*arguments)
    assert (code, output, error.count("\n")) == (1, "", 1)
    assert error.startswith("python -m model: mnist version 1: expected sha256 ")


@pytest.mark.usefixtures("published")
def test_a_damaged_log_is_one_sentence(run, folder):
    (folder / "log.jsonl").write_text("?\n", encoding="utf-8")
    code, _, error = run("rollback")
    assert (code, error.count("\n")) == (1, 1)
    assert "log.jsonl, line 1: not an event" in error


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("arguments", [["promote", "1"], ["rollback"], ["import", "net.json"]])
def test_a_registry_that_cannot_be_written_is_one_sentence(arguments, run, read_only, tmp_path, monkeypatch):
    write_net(tmp_path / "net.json")
    with read_only() as root:
        monkeypatch.setenv("NUMERAL_REGISTRY", str(root))
        code, output, error = run(*arguments)
    assert (code, output, error.count("\n")) == (1, "", 1)
    assert error.startswith("python -m model: cannot use the registry: [Errno 13] Permission denied: ")


def test_a_bad_setting_is_one_sentence(run, monkeypatch):
    monkeypatch.setenv("NUMERAL_PORT", "http")
    sentence = "python -m model: NUMERAL_PORT: expected a whole number from 0 to 65535, got 'http'\n"
    assert run("list") == (1, "", sentence)


@pytest.mark.parametrize("arguments", [[], ["publish"], ["import"], ["promote"], ["show", "1", "2"]])
def test_what_is_no_command_shows_the_usage(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert capsys.readouterr().err.startswith("usage: python -m model ")


@pytest.mark.usefixtures("published")
def test_the_command_itself():
    """In a process of its own: what it prints, and the code that it ends with."""
    command = [sys.executable, "-m", "model"]
    results = [
        subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        for arguments in (["rollback"], ["rollback"])
    ]
    assert [(result.returncode, result.stdout, result.stderr) for result in results] == [
        (0, "mnist: champion is version 1 again\n", ""),
        (1, "", "python -m model: mnist: no version was champion before version 1\n"),
    ]


def test_verify_of_a_model_that_is_not_there_is_an_error(run):
    code, output, error = run("verify")
    assert (code, output) == (1, "")
    assert error == "python -m model: mnist: no version was ever published\n"


@pytest.mark.usefixtures("published")
def test_a_reader_who_has_had_enough_is_no_error():
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "model", "list"]
    result = subprocess.run(command, cwd=ROOT, stdout=writes, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writes)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.usefixtures("published")
def test_standard_output_that_is_closed_is_no_error():
    command = ["sh", "-c", 'exec "$0" -m model list >&-', sys.executable]
    result = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_what_standard_output_cannot_have_is_escaped(registry, make_small):
    registry.publish(make_small(dataset={"name": "caf\u00e9"}), "test")
    command = [sys.executable, "-m", "model", "list"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert r"caf\xe9" in result.stdout


@pytest.mark.usefixtures("published")
def test_a_registry_may_be_in_a_folder_of_any_name(run, tmp_path, monkeypatch):
    root = (tmp_path / "registry").rename(tmp_path / "registry\udcff")
    monkeypatch.setenv("NUMERAL_REGISTRY", str(root))
    (root / "mnist" / "aliases.json").write_text("[]")
    code, output, error = run("repair")
    assert (code, len(output.splitlines()), error) == (0, 2, "")
    assert run("verify")[0] == 0


@pytest.mark.usefixtures("published")
def test_ctrl_c_is_one_sentence(folder):
    """While the command waits for the lock that this test holds."""
    command = [sys.executable, "-c", WAITS, "promote", "1"]
    with (folder / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "waits\n"
            process.send_signal(signal.SIGINT)
            output, error = process.communicate(timeout=60)
    assert (process.returncode, output, error) == (130, "", "python -m model: stopped\n")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("why", ["\udcff", "two\nlines"])
def test_a_reason_is_a_line_of_text(why, capsys, published):
    log = published.log()
    with pytest.raises(SystemExit, match="2"):
        main(["promote", "1", "--why", why])
    assert "expected a line of text in UTF-8" in capsys.readouterr().err
    assert published.log() == log


@pytest.mark.usefixtures("published")
def test_verify_looks_at_aliases_and_log(run, folder):
    (folder / "aliases.json").write_text("[]", encoding="utf-8")
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write("?\n")
    code, output, _ = run("verify")
    aliases, log = output.splitlines()[-2:]
    assert code == 1
    assert aliases.endswith("aliases.json: expected an object of versions, got []")
    assert "log.jsonl, line 6: not an event" in log


@pytest.mark.usefixtures("published")
def test_verify_finds_aliases_that_are_lost(run, folder):
    (folder / "aliases.json").unlink()
    code, output, _ = run("verify")
    sentence = "aliases: aliases.json is missing, and the log tells of some"
    assert (code, output.splitlines()[-2:]) == (1, [sentence, "log: whole"])
    run("repair")
    assert run("verify")[0] == 0


@pytest.mark.usefixtures("published")
def test_repair_says_what_it_did_and_verify_finds_nothing_more(run, folder):
    damage(folder, 2)
    code, output, _ = run("repair", "--why", "a bad disk")
    version, alias = output.splitlines()
    assert code == 0
    assert version.startswith("mnist: mnist version 2: expected sha256 ")
    assert alias == "mnist: alias champion is version 1"
    assert run("verify")[0] == 0
    assert run("repair") == (0, "mnist: nothing is damaged\n", "")


def test_repair_of_a_model_that_is_not_there_is_an_error_and_makes_none(run, folder):
    assert run("repair") == (1, "", "python -m model: mnist: no version was ever published\n")
    assert not folder.exists()
