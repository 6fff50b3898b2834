"""The registry on a disk that fails, under a lock that is held, and with its writer killed at any moment."""

import errno
import fcntl
import os
import random
import select
import shutil
import signal
import time
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from model.document.format import encode
from model.errors import DamagedError, RegistryError
from model.registry.registry import CHAMPION, Registry

CALLS = ("open", "write", "fsync", "mkdir", "rename", "replace")
MOMENTS = 25  # of each of 8 writers: 200 in all


class Disk:
    """At the n-th call that writes, or from there on, a fault comes before it or in its midst."""

    def __init__(self, patch, n, fault, *, once=True, halfway=False):
        self.n, self.fault, self.once, self.halfway = n, fault, once, halfway
        self.calls = 0
        for name in CALLS:
            patch.setattr(os, name, self.counted(getattr(os, name)))

    def counted(self, call):
        def counted(*arguments, **options):
            self.calls += 1
            if self.calls == self.n or (self.calls > self.n and not self.once):
                if self.halfway and call.__name__ == "write":
                    call(arguments[0], arguments[1][: len(arguments[1]) // 2])
                self.fault()
            return call(*arguments, **options)

        return counted


class NoSpaceError(OSError):
    """What a full disk raises, and nothing else does."""


def no_space():
    raise NoSpaceError(errno.ENOSPC, "No space left on device")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def locked(registry):
    """Hold the registry's lock, as another process would."""
    with (registry._folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def work(registry, make_small):
    """Everything that writes; the champion is the same again afterwards."""
    champion = registry.resolve(CHAMPION)
    version = registry.publish(make_small(5), "work").version
    registry.point("candidate", version, "work")
    registry.promote(version, "work", over=champion)
    registry.rollback("work")


def stored(registry):
    """Every version as its bytes; it fails where one does not verify."""
    return {version: encode(registry.load(version)[0]) for version in registry.versions()}


def assert_sound(registry, before):
    """What was there is there, and whatever has come is whole."""
    after = stored(registry)
    assert {version: after[version] for version in before} == before
    assert sorted(after) == list(range(1, len(after) + 1))
    aliases = registry.aliases()
    assert aliases[CHAMPION] in {2, max(after)}
    assert aliases.get("candidate", 1) in after
    assert registry.log()[0].what == "published version 1"


@pytest.mark.slow
@pytest.mark.parametrize(
    "manner",
    [{}, {"once": False}, {"halfway": True}, {"once": False, "halfway": True}],
    ids=["once", "for good", "halfway", "halfway and for good"],
)
def test_a_disk_that_is_full_at_any_call_loses_nothing(manner, published, make_small, monkeypatch):
    for n in count(1):
        before = stored(published)
        with monkeypatch.context() as patch:
            disk = Disk(patch, n, no_space, **manner)
            try:
                work(published, make_small)
            except NoSpaceError:
                pass
            else:
                break
        assert_sound(published, before)
        assert published.log()[-1].aliases == published.aliases(), f"call {n}: the log does not say what is"
        published.promote(2, "again", over=published.resolve(CHAMPION))
        work(published, make_small)
    assert n > 40, "the calls were not counted"
    assert disk.calls < n, f"call {n} failed, and nobody was told"


def test_a_disk_that_is_full_at_the_first_publication_leaves_room_for_the_next(
    tmp_path, make_small, monkeypatch
):
    for n in count(1):
        registry = Registry(tmp_path / str(n), "mnist")
        with monkeypatch.context() as patch:
            Disk(patch, n, no_space)
            try:
                registry.publish(make_small(), "test")
            except NoSpaceError:
                pass
            else:
                break
        assert registry.publish(make_small(), "test").version == max(stored(registry))
    assert n > 15, "the calls were not counted"


@pytest.mark.parametrize("halfway", [False, True])
def test_a_writer_killed_at_any_call_loses_nothing(halfway, published, make_small, monkeypatch, fork):
    def killed_at(n):
        Disk(monkeypatch, n, die, halfway=halfway)
        work(published, make_small)
        return b"alive"

    for n in count(1):
        before = stored(published)
        child, pipe = fork(lambda _, n=n: killed_at(n))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.close(pipe)
        assert status in (0, -signal.SIGKILL), f"call {n}"
        assert_sound(published, before)
        published.promote(2, "test", over=published.resolve(CHAMPION))
        if status == 0:
            break
    assert n > 40, "the calls were not counted"


def damage(folder):
    """The champion, aliases and the log's end; return the lines that are whole."""
    (folder / "versions/2/model.json").write_text("{}")
    (folder / "aliases.json").write_text("[]")
    log = folder / "log.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"when')
    return whole


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("fault", [no_space, die])
@pytest.mark.parametrize("halfway", [False, True])
def test_a_repair_that_is_cut_off_at_any_call_is_done_by_the_next(
    halfway, fault, folder, tmp_path, monkeypatch, fork
):
    def cut_off_at(n, registry):
        Disk(monkeypatch, n, fault, halfway=halfway)
        try:
            registry.repair("cut off")
        except NoSpaceError:
            return b"full"
        return b"done"

    for n in count(1):
        shutil.copytree(folder, tmp_path / str(n) / "mnist")
        registry = Registry(tmp_path / str(n), "mnist")
        whole = damage(tmp_path / str(n) / "mnist")
        child, pipe = fork(lambda _, n=n, registry=registry: cut_off_at(n, registry))
        os.waitpid(child, 0)
        with os.fdopen(pipe, "rb") as said:
            is_done = said.read() == b"done"
        registry.repair("the next")
        assert (registry.versions(), registry.aliases()) == ([1, 3], {CHAMPION: 1}), f"call {n}"
        assert registry.log()[-1].aliases == registry.aliases(), f"call {n}"
        assert (tmp_path / str(n) / "mnist/log.jsonl").read_bytes().startswith(whole), f"call {n}"
        assert len(list((tmp_path / str(n)).rglob("2.damaged-*"))) == 1, f"call {n}"
        assert registry.repair("again") == [], f"call {n}"
        if is_done:
            break
    assert n > 10, "the calls were not counted"


def test_repairs_beside_publications_lose_none(published, folder, make_small, fork):
    def repair(_):
        for _ in range(10):
            (folder / "aliases.json").write_text("[]")  # whoever writes
            published.repair("beside")
        return b""

    def publish(_):
        announced = []
        while len(announced) < 10:
            with suppress(DamagedError):
                announced.append(published.publish(make_small(), "beside").version)
        return " ".join(map(str, announced)).encode()

    children = [fork(task) for task in (repair, repair, publish, publish)]
    announced = []
    for child, pipe in children:
        with os.fdopen(pipe, "rb") as said:
            announced += map(int, said.read().split())
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    published.repair("afterwards")
    assert len(set(announced)) == 20
    assert set(announced) <= set(stored(published))
    assert published.resolve(CHAMPION) == 2


def kill_at_a_moment(child, pipe, announcements, seconds):
    """Kill a writer so many seconds after so many announcements; return what it announced."""
    announced = []
    while len(announced) < announcements:
        lines = os.read(pipe, 65536).split()
        assert lines, "the writer ended by itself"
        announced += lines
    select.select([], [], [], seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(pipe, "rb") as rest:
        return {int(version) for version in (*announced, *rest.read().split())}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200 // MOMENTS))
def test_a_writer_killed_at_a_random_moment_loses_nothing(seed, published, make_small, fork):
    def publish(pipe):
        version = published.publish(make_small(seed), "test").version
        os.write(pipe, b"%d\n" % version)
        published.promote(version, "test", over=published.resolve(CHAMPION))

    def publish_forever(pipe):
        while True:
            publish(pipe)

    began = time.monotonic()
    with Path(os.devnull).open("wb") as nobody:
        publish(nobody.fileno())
    cycle = time.monotonic() - began
    rng, announced = random.Random(seed), set()
    for moment in range(MOMENTS):
        writer = fork(publish_forever)
        announced |= kill_at_a_moment(*writer, rng.randint(0, 2), rng.uniform(0, 1.5 * cycle))
        whole = stored(published)
        assert announced <= set(whole), f"moment {moment}"
        assert published.resolve(CHAMPION) in whole, f"moment {moment}"
        said = {event.what for event in published.log()}
        assert {f"published version {version}" for version in announced} <= said, f"moment {moment}"
    assert announced, "no writer came to announce anything"
    assert published.publish(make_small(), "after all").version == max(whole) + 1


def test_publishers_at_the_same_moment_get_a_number_each(registry, make_small, fork):
    """Four processes of five publications each, which begin once the gate is closed on this side."""
    waiting, gate = os.pipe()

    def publish(seed):
        os.close(gate)
        os.read(waiting, 1)
        return b" ".join(b"%d" % registry.publish(make_small(seed), "test").version for _ in range(5))

    pipes = [fork(lambda _, seed=seed: publish(seed))[1] for seed in range(4)]
    os.close(gate)
    os.close(waiting)
    published = {}
    for seed, pipe in enumerate(pipes):
        with os.fdopen(pipe, "rb") as answer:
            published |= dict.fromkeys(map(int, answer.read().split()), seed)
    expected = {
        version: encode(make_small(seed).with_version(version)) for version, seed in published.items()
    }
    assert sorted(published) == list(range(1, 21))
    assert stored(registry) == expected
    assert [event.what for event in registry.log()] == [f"published version {n}" for n in range(1, 21)]


def test_a_lock_that_is_held_ends_in_a_sentence(published, make_small, monkeypatch):
    monkeypatch.setattr("model.registry.registry.LOCK_SECONDS", 0.0)
    with (
        locked(published),
        pytest.raises(RegistryError, match="another process has been writing for 0 s; wait"),
    ):
        published.publish(make_small(), "test")
    assert published.versions() == [1, 2, 3]


def test_readers_do_not_wait_for_the_lock(published, monkeypatch):
    monkeypatch.setattr("model.registry.registry.LOCK_SECONDS", 0.0)
    with locked(published):
        assert published.load(published.resolve(CHAMPION))[0].version == 2


def test_the_lock_is_free_after_an_error(published, monkeypatch):
    monkeypatch.setattr("model.registry.registry.LOCK_SECONDS", 0.0)
    for _ in range(2):
        with pytest.raises(RegistryError, match="no such version"):
            published.point(CHAMPION, 9, "test")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "write",
    [
        lambda registry, document: registry.publish(document, "test"),
        lambda registry, _: registry.point(CHAMPION, 1, "test"),
        lambda registry, _: registry.promote(1, "test", over=2),
        lambda registry, _: registry.rollback("test"),
    ],
    ids=["publish", "point", "promote", "rollback"],
)
def test_a_registry_that_cannot_be_written_stays_as_it_is(write, read_only, make_small):
    document = make_small()
    with read_only() as root:
        registry = Registry(root, "mnist")
        before = (stored(registry), registry.aliases(), registry.log())
        with pytest.raises(PermissionError):
            write(registry, document)
        assert (stored(registry), registry.aliases(), registry.log()) == before
