import hashlib
import os
import shutil
from pathlib import Path

import orjson
import pytest

from model.document.format import encode
from model.errors import ConflictError, DamagedError, FormatError, NotFoundError, RegistryError
from model.registry.audit_log import Event
from model.registry.registry import Registry
from model.registry.versions import Manifest


def contents(folder):
    """Every file below a folder with what it holds."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Versions.


def test_versions_count_from_one_and_are_listed_by_number(registry, make_small):
    assert [registry.publish(make_small(), "test").version for _ in range(11)] == list(range(1, 12))
    assert registry.versions() == list(range(1, 12))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_version_loads_as_the_bits_that_were_published(version, registry, make_small):
    """And it says the version that it was given, whatever it came with."""
    for seed in (1, 2, 3):
        registry.publish(make_small(seed, version=99), "test")
    assert encode(registry.load(version)[0]) == encode(make_small(version, version=version))


def test_a_manifest_describes_its_document(registry, make_small):
    document = make_small(metrics={"accuracy": 0.25})
    raw = encode(document.with_version(1))
    expected = Manifest(
        version=1,
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        created_at="2026-01-02T03:04:05.678Z",
        dataset="mnist",
        recipe="none",
        accuracy=0.25,
    )
    assert [registry.publish(document, "test"), registry.manifest(1), registry.load(1)[1]] == [expected] * 3


def test_nothing_changes_a_version(published, make_small, folder):
    before = contents(folder / "versions")
    published.publish(make_small(1), "the same again")
    published.promote(3, "test", over=2)
    published.rollback("test")
    assert before.items() <= contents(folder / "versions").items()


def test_a_version_is_on_the_disk_before_it_gets_its_number(published, make_small, monkeypatch):
    done, fsync, rename = [], os.fsync, os.rename

    def name(descriptor):
        return Path(f"/proc/self/fd/{descriptor}").readlink().name

    monkeypatch.setattr(os, "fsync", lambda file: done.append(name(file)) or fsync(file))
    monkeypatch.setattr(os, "rename", lambda old, new: done.append(f"{new.name} it is") or rename(old, new))
    published.publish(make_small(), "test")
    assert done == ["model.json", "manifest.json", ".draft", "4 it is", "versions", "log.jsonl"]


@pytest.mark.parametrize("read", ["load", "manifest"])
def test_a_version_that_is_not_there_is_named_with_those_that_are(read, published):
    with pytest.raises(NotFoundError, match=r"^mnist version 9: no such version; the latest: 1, 2, 3$"):
        getattr(published, read)(9)


def test_a_number_that_another_process_claims_meanwhile_is_left_to_it(
    published, make_small, folder, monkeypatch
):
    def encode_too_late(document):
        if document.version == 4:
            (folder / "versions" / "4").mkdir()
            (folder / "versions" / "4" / "model.json").write_bytes(b"of another")
        return encode(document)

    monkeypatch.setattr("model.registry.versions.encode", encode_too_late)
    assert published.publish(make_small(), "test").version == 5
    assert published.load(5)[0].version == 5
    assert (folder / "versions" / "4" / "model.json").read_bytes() == b"of another"


def test_the_draft_of_a_writer_that_was_killed_is_cleared_away(published, make_small, folder):
    draft = folder / "versions" / ".draft"
    draft.mkdir()
    (draft / "model.json").write_bytes(b"half")
    assert published.publish(make_small(), "test").version == 4
    assert not draft.exists()


def test_a_draft_that_cannot_be_cleared_away_is_an_error(published, make_small, folder):
    """It is not a number that is taken: the search for a free one would never end."""
    (folder / "versions" / ".draft").write_bytes(b"a file where a folder should be")
    with pytest.raises(FileExistsError):
        published.publish(make_small(), "test")


def test_a_document_that_json_cannot_say_leaves_nothing(published, make_small, folder):
    before = contents(folder)
    with pytest.raises(FormatError):
        published.publish(make_small(metrics={"accuracy": float("nan")}), "test")
    assert contents(folder) == before
    assert len(list((folder / "versions").iterdir())) == 3


def test_whatever_else_lies_there_is_no_version(published, folder):
    for name in (".draft", "notes", "\u00b2"):
        (folder / "versions" / name).mkdir()
    assert published.versions() == [1, 2, 3]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", ".a", "-a", "a b", "\u00fc", "a\n", "x" * 65])
def test_a_name_that_could_leave_its_folder_is_refused(name, tmp_path):
    with pytest.raises(RegistryError, match=r"^model name: expected letters, digits, '\.', '_' or '-', got "):
        Registry(tmp_path, name)


@pytest.mark.parametrize("name", ["mnist", "MNIST-2.1_b", "7", "x" * 64])
def test_other_names_are_names(name, tmp_path, make_small):
    registry = Registry(tmp_path, name)
    registry.publish(make_small(name=name), "test")
    assert registry.load(1)[0].name == name


# Damage.


def with_changes(**changes):
    return lambda raw: orjson.dumps(orjson.loads(raw) | changes)


DAMAGE = {
    "a flipped bit": ("model.json", lambda raw: raw[:9] + bytes([raw[9] ^ 1]) + raw[10:], "expected sha256"),
    "truncated": ("model.json", lambda raw: raw[:-1], "expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}$"),
    "no document": ("model.json", None, "model.json is missing"),
    "no manifest": ("manifest.json", None, "manifest.json is missing"),
    "an empty manifest": ("manifest.json", lambda _: b"", "not a manifest"),
    "a list for a manifest": ("manifest.json", lambda _: b"[]", "not a manifest"),
    "a manifest with more": ("manifest.json", with_changes(more=1), "not a manifest"),
    "a manifest of another type": (
        "manifest.json",
        with_changes(created_at=5),
        "not a manifest: created_at is 5",
    ),
    "another's manifest": ("manifest.json", with_changes(version=2), "the manifest is that of version 2"),
    "a flattering manifest": ("manifest.json", with_changes(accuracy=1), "the manifest does not describe"),
}


@pytest.mark.parametrize(("file", "change", "sentence"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_version_is_refused_and_never_pointed_to(file, change, sentence, published, folder):
    path, log = folder / "versions" / "3" / file, published.log()
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(path.read_bytes()))
    for use in (published.load, lambda version: published.promote(version, "test", over=2)):
        with pytest.raises(DamagedError, match=f"^mnist version 3: .*{sentence}"):
            use(3)
    assert (published.aliases(), published.log()) == ({"champion": 2}, log)


@pytest.mark.parametrize("file", ["model.json", "manifest.json"])
def test_a_file_where_a_version_should_be_is_damage(file, published, folder):
    shutil.rmtree(folder / "versions" / "3")
    (folder / "versions" / "3").write_text("a file")
    with pytest.raises(DamagedError, match=r"^mnist version 3: manifest\.json is missing"):
        published.load(3)
    (folder / "versions" / "2" / file).unlink()
    (folder / "versions" / "2" / file).mkdir()
    with pytest.raises(DamagedError, match=f"^mnist version 2: {file} is missing"):
        published.load(2)


@pytest.mark.parametrize("file", ["model.json", "manifest.json"])
def test_a_change_to_any_byte_is_noticed(file, published, folder):
    path = folder / "versions" / "3" / file
    raw = path.read_bytes()
    for place in range(0, len(raw), 1 + len(raw) // 400):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        with pytest.raises(DamagedError):
            published.load(3)


def test_the_document_of_another_version_is_refused(published, folder):
    shutil.copytree(folder / "versions" / "2", folder / "versions" / "3", dirs_exist_ok=True)
    with pytest.raises(DamagedError, match=r"^mnist version 3: the manifest is that of version 2"):
        published.load(3)


@pytest.mark.usefixtures("published")
def test_the_document_of_another_model_is_refused(folder):
    shutil.copytree(folder, folder.with_name("other"))
    with pytest.raises(DamagedError, match=r"^other version 3: the document says that it is mnist version 3"):
        Registry(folder.parent, "other").load(3)


def test_a_document_that_is_not_of_the_format_is_refused(published, make_small, monkeypatch):
    with monkeypatch.context() as careless:
        careless.setattr("model.registry.versions.encode", lambda _: b"{}")
        careless.setattr("model.registry.versions.decode", lambda _: None)
        published.publish(make_small(), "test")
    with pytest.raises(
        DamagedError, match=r"^mnist version 4: format: expected 'numeral-model', got nothing"
    ):
        published.load(4)


@pytest.mark.parametrize("content", [b"", b'{"champion":', b"[2]", b'{"champion":"2"}', b'{"champion":true}'])
def test_aliases_that_are_damaged_are_refused(content, published, folder):
    (folder / "aliases.json").write_bytes(content)
    with pytest.raises(DamagedError, match=r"aliases\.json: expected "):
        published.aliases()


def test_a_document_that_could_not_be_read_again_is_not_published(published, make_small):
    with pytest.raises(FormatError, match=r"^classes: expected"):
        published.publish(make_small(classes=("only one",)), "test")
    assert published.versions() == [1, 2, 3]


# Aliases.


def test_an_alias_moves_and_leaves_the_others(published):
    published.point("candidate", 3, "test")
    published.point("candidate", 1, "test")
    assert published.aliases() == {"champion": 2, "candidate": 1}


def test_an_unknown_alias_is_named_with_those_that_there_are(published):
    with pytest.raises(NotFoundError, match=r"no alias 'latest'; the aliases are: champion$"):
        published.resolve("latest")


def test_an_alias_does_not_move_to_a_version_that_is_not_there(published):
    with pytest.raises(NotFoundError):
        published.point("champion", 9, "test")
    assert published.resolve("champion") == 2


@pytest.mark.parametrize("over", [None, 1, 3])
def test_a_promotion_over_another_than_the_champion_is_a_conflict(over, published):
    with pytest.raises(ConflictError, match=f"^mnist: the champion is version 2 by now, not {over}$"):
        published.promote(3, "test", over=over)
    assert published.resolve("champion") == 2


def test_rollback_goes_back_as_often_as_there_is_a_version_before(published):
    published.promote(3, "test", over=2)
    published.point("candidate", 3, "test")
    assert [published.rollback("worse"), published.resolve("champion")] == [2, 2]
    assert [published.rollback("worse"), published.resolve("champion")] == [1, 1]
    with pytest.raises(NotFoundError, match=r"^mnist: no version was champion before version 1$"):
        published.rollback("worse")
    assert published.resolve("champion") == 1


def test_rollback_without_a_champion_says_so(registry, make_small):
    registry.publish(make_small(), "test")
    with pytest.raises(NotFoundError, match=r"no alias 'champion'; the aliases are: none$"):
        registry.rollback("worse")


def test_rollback_works_after_one_that_was_killed_before_the_alias_moved(published):
    published._log.append(Event.now("champion is version 1", "killed", {"champion": 1}))
    assert published.rollback("worse") == 1


def test_the_log_says_what_and_why_and_where_the_aliases_are_then(published):
    published.rollback("worse")
    assert [(event.what, event.why, event.aliases) for event in published.log()] == [
        ("published version 1", "test", {}),
        ("published version 2", "test", {}),
        ("published version 3", "test", {}),
        ("champion is version 1", "first", {"champion": 1}),
        ("champion is version 2", "better", {"champion": 2}),
        ("champion is version 1", "worse", {"champion": 1}),
    ]


def test_the_log_says_when_and_who(registry, make_small, monkeypatch):
    monkeypatch.setattr("model.registry.audit_log.now", lambda: "2026-01-02T03:04:05.678Z")
    monkeypatch.setattr("socket.gethostname", lambda: "host")
    monkeypatch.setenv("USER", "eve")
    registry.publish(make_small(), "test")
    assert [(event.when, event.who) for event in registry.log()] == [("2026-01-02T03:04:05.678Z", "eve@host")]


def test_the_log_says_who_was_named(tmp_path, make_small):
    registry = Registry(tmp_path, "mnist", "eve, on call")
    registry.publish(make_small(), "test")
    registry.point("champion", 1, "test")
    assert [event.who for event in registry.log()] == ["eve, on call"] * 2


def test_who_may_not_write_is_told_what_to_do(published, read_only, make_small):
    with read_only() as root:
        registry = Registry(root, "mnist")
        advice = rf"Permission denied: uid {os.geteuid()} must own the registry; docs/operations.md, A backup"
        for write in (lambda: registry.publish(make_small(), "test"), lambda: registry.point("x", 1, "test")):
            with pytest.raises(PermissionError, match=advice):
                write()
    assert len(published.log()) == 5


# Readers.


@pytest.mark.parametrize("exists", [False, True])
def test_readers_of_nothing_find_nothing_and_make_nothing(exists, registry, folder):
    if exists:
        folder.parent.mkdir()
    assert (registry.versions(), registry.aliases(), registry.log()) == ([], {}, [])
    for read, what in ((registry.resolve, "champion"), (registry.load, 1), (registry.manifest, 1)):
        with pytest.raises(NotFoundError):
            read(what)
    assert folder.parent.exists() == exists
    assert not folder.exists()


@pytest.mark.usefixtures("published")
def test_readers_need_no_permission_to_write(read_only):
    with read_only() as root:
        registry = Registry(root, "mnist")
        assert registry.load(registry.resolve("champion"))[0].version == 2
        assert (registry.versions(), len(registry.log())) == ([1, 2, 3], 5)
