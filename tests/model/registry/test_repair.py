"""The registry is repaired: what is damaged is set aside, what is whole goes on, nothing is lost."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.errors import DamagedError, NotFoundError
from model.registry.audit_log import Event
from model.registry.listing import listing
from model.registry.registry import Registry


def set_aside(folder, pattern):
    return [path for path in folder.rglob(f"{pattern}.damaged-*") if path.exists()]


def test_what_is_whole_is_left_as_it_is(published, folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert published.repair("a test") == []
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{", b'{"champion": "2"}', b"\xff"])
def test_aliases_come_back_from_the_log(content, published, folder):
    published.point("tried", 3, "a test")
    (folder / "aliases.json").unlink()
    if content is not None:
        (folder / "aliases.json").write_bytes(content)
    published.repair("a test")
    assert published.aliases() == {"champion": 2, "tried": 3}
    aside = [path.read_bytes() for path in set_aside(folder, "aliases.json")]
    assert aside == ([] if content is None else [content])


def test_an_alias_of_a_damaged_version_goes_back_to_the_last_one_that_is_whole(published, folder):
    (folder / "versions" / "2" / "manifest.json").unlink()
    (folder / "versions" / "3" / "model.json").write_text("{}")
    published.repair("a test")
    assert (published.aliases(), published.versions()) == ({"champion": 1}, [1])
    assert {path.name.partition(".")[0] for path in set_aside(folder, "[23]")} == {"2", "3"}


@pytest.mark.parametrize(("damaged", "champion"), [({2}, 1), ({1, 2}, 3)])
def test_an_alias_goes_back_to_what_it_was_rolled_back_from_only_where_nothing_else_is(
    damaged, champion, published, folder
):
    published.promote(3, "better", over=2)
    published.rollback("worse")
    for version in damaged:
        (folder / "versions" / str(version) / "model.json").write_text("{}")
    published.repair("a test")
    assert published.aliases() == {"champion": champion}


def test_an_alias_that_has_nowhere_to_go_is_dropped(published, folder):
    published.point("tried", 3, "a test")
    shutil.rmtree(folder / "versions" / "3")
    assert published.repair("a test") == [
        "alias tried is dropped: no version that it pointed to is whole",
    ]
    assert published.aliases() == {"champion": 2}


def test_the_number_of_a_version_that_was_set_aside_is_not_given_again(published, folder, make_small):
    (folder / "versions" / "3" / "model.json").write_text("{}")
    published.repair("a test")
    assert published.publish(make_small(), "a test").version == 4


@pytest.mark.parametrize("lost", ["2", "3", ""])
def test_no_alias_points_to_a_version_that_was_published_later(lost, published, folder, make_small):
    published.promote(3, "better", over=2)
    shutil.rmtree(folder / "versions" / lost)
    assert published.publish(make_small(), "a test").version == 4
    (folder / "aliases.json").unlink()
    published.repair("a test")
    assert published.aliases().get("champion") == {"2": 3, "3": 2, "": None}[lost]


def test_an_event_of_other_types_stops_no_publication(published, folder, make_small):
    with (folder / "log.jsonl").open("a") as log:
        log.write('{"when":1,"who":null,"what":[],"why":{},"aliases":{}}\n')
    assert published.publish(make_small(), "a test").version == 4


@pytest.mark.parametrize("name", ["aliases.json", "log.jsonl"])
def test_where_a_publication_could_not_be_noted_none_is_made(name, published, folder, make_small):
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(DamagedError):
        published.publish(make_small(), "a test")
    assert published.versions() == [1, 2, 3]


def test_lines_of_the_log_that_are_no_events_are_left_out(published, folder):
    log, events = folder / "log.jsonl", published.log()
    whole = log.read_bytes().splitlines(keepends=True)
    half = whole[-1][:20]
    damaged = b"".join([b"?\n", *whole[:2], b'{"what": 1}\n', b"\xff\n", *whole[2:], half])
    log.write_bytes(damaged)
    (action,) = published.repair("a test")
    assert f"{log}: 4 of 9 lines left out" in action
    assert published.log()[:-1] == events
    assert [path.read_bytes() for path in set_aside(folder, "log.jsonl")] == [damaged]


def test_the_log_tells_of_the_repair(published, folder):
    (folder / "aliases.json").write_text("[]")
    Registry(folder.parent, "mnist", "eve").repair("a bad disk")
    event = published.log()[-1]
    assert (event.who, event.what, event.aliases) == ("eve", "repaired the registry", {"champion": 2})
    assert event.why.startswith("a bad disk: ")


@pytest.mark.parametrize("name", ["aliases.json", "log.jsonl", "versions"])
def test_a_file_for_a_folder_and_a_folder_for_a_file_are_set_aside(name, published, folder, make_small):
    path = folder / name
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("a file")
    else:
        path.unlink()
        path.mkdir()
    published.repair("a test")
    assert len(set_aside(folder, name)) == 1
    version = published.publish(make_small(), "a test").version
    published.point("champion", version, "a test")
    assert published.resolve("champion") == version


def link_to_nothing(path):
    path.symlink_to("nowhere")


def link_to_itself(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize("make", [link_to_nothing, link_to_itself, os.mkfifo])
@pytest.mark.parametrize(
    "name", ["aliases.json", "log.jsonl", "versions", "versions/3", "versions/3/model.json"]
)
def test_links_to_nothing_and_pipes_are_set_aside(name, make, published, folder, make_small):
    path = folder / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    make(path)
    assert listing(published) is not None
    published.repair("a test")
    aside = name.partition("/model.json")[0]
    assert len(list((folder / aside).parent.glob(f"{Path(aside).name}.damaged-*"))) == 1
    assert published.repair("again") == []
    version = published.publish(make_small(), "a test").version
    published.point("champion", version, "a test")
    assert published.resolve("champion") == version


@pytest.mark.parametrize("content", [b"[]", b""])
def test_readers_find_aliases_or_damage_and_never_none(content, published, folder, monkeypatch):
    """At every call that changes a name."""
    (folder / "aliases.json").write_bytes(content)
    seen = []

    def look(change):
        def changed(*arguments, **options):
            result = change(*arguments, **options)
            try:
                seen.append(published.aliases())
            except DamagedError:
                seen.append("damage")
            return result

        return changed

    for name in ("rename", "replace", "unlink", "open", "fsync"):
        monkeypatch.setattr(os, name, look(getattr(os, name)))
    published.repair("a test")
    monkeypatch.undo()
    assert sorted({str(each) for each in seen}) == ["damage", "{'champion': 2}"]


def test_the_log_tells_where_the_aliases_go_before_they_go_there(published, folder, monkeypatch):
    """Or a disk that is full in between would leave aliases that the log does not know."""
    (folder / "versions/2/model.json").write_text("{}")
    with monkeypatch.context() as full:
        full.setattr("model.registry.audit_log.EventLog.append", fail)
        with pytest.raises(OSError, match="full"):
            published.repair("a test")
    assert published.aliases() == {"champion": 2}
    published.repair("again")
    assert published.aliases() == published.log()[-1].aliases == {"champion": 1}


def fail(*_):
    raise OSError(errno.ENOSPC, "full")


def test_what_was_in_damaged_aliases_is_told_in_short(published, folder):
    (folder / "aliases.json").write_text(json.dumps(list(range(10_000))))
    action, _ = published.repair("a test")
    assert len(action) < 1000


@pytest.mark.parametrize("name", ["03", "07", "0", "\u0664", "9" * 200, "9" * 250, "-1", "5 "])
def test_a_folder_whose_name_is_no_number_as_versions_have_it_is_none(name, published, folder, make_small):
    shutil.copytree(folder / "versions" / "3", folder / "versions" / name)
    assert published.versions() == [1, 2, 3]
    assert published.repair("a test") == []
    assert published.publish(make_small(), "a test").version == 4


def test_where_nothing_was_published_there_is_nothing_to_repair(registry, folder):
    with pytest.raises(NotFoundError, match="mnist: no version was ever published"):
        registry.repair("a test")
    assert not folder.exists()


FILES = (
    "aliases.json",
    "log.jsonl",
    *(f"versions/{n}/{name}.json" for n in (1, 2, 3) for name in ("model", "manifest")),
)


@given(
    damage=st.dictionaries(
        st.sampled_from(FILES), st.tuples(st.floats(0, 1), st.binary(max_size=8)), min_size=1, max_size=4
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_bytes_change_a_repaired_registry_is_whole_and_takes_more(
    damage, published, folder, make_small, tmp_path_factory
):
    root = tmp_path_factory.mktemp("damaged")
    shutil.copytree(folder, root / "mnist")
    for name, (place, content) in damage.items():
        path = root / "mnist" / name
        raw = path.read_bytes()
        path.write_bytes(raw[: int(place * len(raw))] + content)
    registry = Registry(root, "mnist")
    whole = {
        version: published.manifest(version)
        for version in (1, 2, 3)
        if not any(f"/{version}/" in name for name in damage)
    }
    registry.repair("a test")
    assert {version: registry.manifest(version) for version in whole} == whole
    for version in {*registry.versions(), *registry.aliases().values()}:
        registry.load(version)
    assert all(isinstance(event, Event) for event in registry.log())
    assert registry.repair("again") == []
    assert registry.publish(make_small(), "a test").version > 3
    assert json.loads((root / "mnist" / "log.jsonl").read_text().splitlines()[-1])["what"].startswith(
        "published"
    )
