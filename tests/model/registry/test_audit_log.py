from datetime import UTC, datetime, timedelta

import pytest

from model.errors import DamagedError
from model.registry.audit_log import Event, EventLog
from model.timestamps import now

EVENTS = [
    Event("2026-01-02T03:04:05.678Z", "eve@host", f"champion is version {n}", why, {"champion": n})
    for n, why in enumerate(("first", "two\nlines and \u2713", ""), start=1)
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.jsonl"


@pytest.fixture
def log(path):
    """A log of three events."""
    log = EventLog(path)
    for event in EVENTS:
        log.append(event)
    return log


def test_now_is_utc_to_the_millisecond():
    moment = now()
    assert (len(moment), moment[-1]) == (24, "Z")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(moment)) < timedelta(minutes=1)


@pytest.mark.parametrize(("user", "who"), [("eve", "eve@"), ("", "uid ")])
def test_an_event_of_now_says_who(user, who, monkeypatch):
    monkeypatch.setenv("USER", user)
    assert Event.now("what", "why", {}).who.startswith(who)


def test_what_is_no_utf_8_can_be_noted(path, monkeypatch):
    monkeypatch.setenv("USER", "\udce9ve")
    EventLog(path).append(Event.now("what", "net\udcff.json", {}))
    (event,) = EventLog(path)
    assert (event.who.partition("@")[0], event.why) == (r"\udce9ve", r"net\udcff.json")


def test_events_come_back_in_their_order(log):
    assert list(log) == EVENTS


def test_a_log_that_is_not_there_is_empty_and_stays_so(path):
    assert list(EventLog(path)) == []
    assert not path.exists()


@pytest.mark.usefixtures("log")
def test_each_event_is_one_line(path):
    assert path.read_bytes().count(b"\n") == len(EVENTS)


def test_an_event_that_is_cut_is_taken_back(log):
    log.cut(log.append(EVENTS[0]))
    assert list(log) == EVENTS


def test_a_torn_tail_is_ignored_wherever_it_was_torn(log, path):
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert list(log) == EVENTS[: whole[:length].count(b"\n")]


@pytest.mark.parametrize("tail", [b'{"when":"2026', b"{}", b"\x00\x00", b"\r"])
def test_the_next_event_replaces_a_torn_tail(tail, log, path):
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    assert log.append(EVENTS[0]) == len(whole)
    assert list(log) == [*EVENTS, EVENTS[0]]


def test_the_next_event_takes_nothing_from_those_after_a_damaged_line(log, path):
    damaged = b'{"when":\r"2026"\n' + path.read_bytes()
    path.write_bytes(damaged)
    assert log.append(EVENTS[0]) == len(damaged)
    assert path.read_bytes().startswith(damaged)


@pytest.mark.parametrize("line", [b"\x00\x00\n", b"\n", b"[]\n", b'{"when":"now"}\n', b"5\n"])
def test_a_damaged_line_is_named(line, log, path):
    path.write_bytes(path.read_bytes() + line)
    with pytest.raises(DamagedError, match=r"log\.jsonl, line 4: not an event: "):
        list(log)


@pytest.mark.parametrize(
    ("held", "current", "expected"),
    [
        ([], 1, None),
        ([1], 1, None),
        ([1, 2], 2, 1),
        ([1, 2, 3], 3, 2),
        ([1, 1, 2, 2, 2], 2, 1),  # events that left the alias where it was
        ([1, 2, 3, 2], 2, 1),  # went back once: 3 is forgotten
        ([1, 2, 3, 2, 1], 1, None),
        ([1, 2, 1, 3], 3, 1),
        ([None, None, 1, 2], 2, 1),  # there was no such alias at first
        ([1, 2, 3], 2, 1),  # killed before it became 3
        ([1, 2, 3, 2], 3, 2),  # killed before it went back to 2
        ([1], 2, 1),
    ],
)
def test_the_version_before(held, current, expected, path):
    log = EventLog(path)
    for version in held:
        log.append(Event("", "", "", "", {"candidate": 9} | ({"champion": version} if version else {})))
    assert log.before("champion", current) == expected
