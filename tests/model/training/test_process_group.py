import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from model.errors import TrainingError
from model.training.process_group import Team

DEADLINE = 20  # seconds: reached only by a test that fails


def together(size, work):
    """Have a team do `work(team)`; this process, too."""
    team = Team(size)
    team.start(lambda: work(team))
    try:
        return work(team)
    finally:
        team.dismiss()


def test_one_alone_waits_for_nobody():
    team = Team()
    team.start(lambda: pytest.fail("there is nobody else"))
    team.meet()
    team.dismiss()
    assert (team.size, team.rank) == (1, 0)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_members_see_what_the_others_wrote_before_they_met(size):
    def work(team):
        written = team.array(size, np.int64)
        sums = []
        for turn in range(1, 200):
            written[team.rank] = turn * (team.rank + 1)
            team.meet()
            sums.append(int(written.sum()))
            team.meet()
        return sums

    assert together(size, work) == [turn * size * (size + 1) // 2 for turn in range(1, 200)]


@pytest.mark.parametrize("size", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 7, 100])
def test_shares_are_everything_once(size, count):
    team, shares = Team(size), []
    for team.rank in range(size):
        shares += range(count)[team.share(count)]
    assert shares == list(range(count))


@pytest.mark.parametrize("size", [1, 2])
def test_an_array_is_zero_writable_and_apart_from_the_others(size):
    team = Team(size)
    one, other = team.array(3, np.float32), team.array(5, np.float64)
    one[...] = 7
    assert other.tolist() == [0] * 5
    assert other.ctypes.data % 8 == 0


def test_more_memory_than_there_is_is_a_sentence():
    with pytest.raises(MemoryError, match=r"^a team's arrays: expected at most"):
        Team(2).array(1 << 50, np.float64)


def test_a_member_that_is_killed_is_a_sentence():
    def work(team):
        if team.rank:
            os.kill(os.getpid(), signal.SIGKILL)
        team.meet()

    with pytest.raises(TrainingError, match=r"^a process that shared the training ended with code -9$"):
        together(2, work)


def test_a_member_that_fails_says_why_and_is_a_sentence(capfd):
    def work(team):
        if team.rank:
            raise ValueError("no more ink")
        team.meet()

    with pytest.raises(TrainingError, match=r"ended with code 1$"):
        together(2, work)
    assert "ValueError: no more ink" in capfd.readouterr().err


def test_a_member_that_ends_after_it_came_is_missed_at_the_next_meeting():
    def work(team):
        team.meet()
        if team.rank:
            os._exit(3)
        os.waitid(os.P_PID, team._others[1], os.WEXITED | os.WNOWAIT)
        team._check(1)  # as where this process looks just then
        team.meet()

    with pytest.raises(TrainingError, match=r"^a process that shared the training ended with code 3$"):
        together(2, work)


def test_a_member_does_not_take_signals_as_the_first_one_does(capfd):
    """A terminal that is closed, as other ends, reaches all of them."""

    def interrupt(*_):
        raise KeyboardInterrupt

    def work(team):
        if team.rank:
            os.kill(os.getpid(), signal.SIGHUP)
        team.meet()

    before = signal.signal(signal.SIGHUP, interrupt)
    try:
        with pytest.raises(TrainingError, match=r"ended with code -1$"):
            together(2, work)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("is_at_work", [False, True])
def test_members_end_with_the_process_that_started_them(fork, is_at_work):
    """Its own end cannot be seen from inside: a child starts a team and is killed."""

    def start_and_wait(writing):
        team = Team(2)
        pid = os.getpid()

        def work():
            os.write(writing, f"{os.getpid()}\n".encode())
            while is_at_work:
                pass
            team.meet()

        team.start(work)
        assert os.getpid() == pid
        signal.pause()

    child, reading = fork(start_and_wait)
    member = int(os.read(reading, 20))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and _is_running(member):
        os.sched_yield()
    assert not _is_running(member)


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_an_interrupt_is_the_first_one_s_to_deal_with():
    """Ctrl-C goes to every process of a terminal's foreground."""

    def work(team):
        if team.rank:
            os.kill(os.getpid(), signal.SIGINT)
        team.meet()
        return "went on"

    assert together(2, work) == "went on"
