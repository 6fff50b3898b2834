"""In processes of their own: what ends there is the process."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.interruption import SENTENCE, SIGNALS

ROOT = Path(__file__).parents[2]
MAIN = """
import logging, signal, sys
from pipeline.interruption import Interrupted, interruptible

class Termination(BaseException):
    pass

def terminate(*_):
    raise Termination

def work():
    print("at work", flush=True)
    signal.pause()

def deaf():
    while True:
        try:
            work()
        except KeyboardInterrupt:
            logging.error("no!")

def terminated():
    signal.signal(signal.SIGTERM, terminate)
    while True:
        try:
            work()
        except Termination:
            logging.error("no!")

def stubborn():
    try:
        work()
    except KeyboardInterrupt:
        print("again", flush=True)
        while True:
            signal.pause()

try:
    with interruptible():
        {work}()
except Interrupted as interrupted:
    sys.exit(interrupted.code)
print("went on", flush=True)
"""


@pytest.fixture
def start():
    """Start a process that does one of these, and wait until it is at it."""
    processes = []

    def start(work):
        command = [sys.executable, "-c", MAIN.replace("{work}", work)]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        assert process.stdout.readline() == "at work\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_one_line_and_its_exit_code(start, number):
    process = start("work")
    process.send_signal(number)
    assert process.communicate() == ("", SENTENCE + "\n")
    assert process.returncode == 128 + number


@pytest.mark.parametrize("number", SIGNALS)
def test_what_does_not_end_is_ended_with_the_same_line(start, number):
    process = start("deaf")
    process.send_signal(number)
    assert process.communicate()[1] == SENTENCE + "\n"
    assert process.returncode == 128 + number


def test_a_signal_that_somebody_else_takes_is_heard_of_all_the_same(start):
    process = start("terminated")
    process.send_signal(signal.SIGTERM)
    assert process.communicate()[1].endswith(SENTENCE + "\n")
    assert process.returncode == 143


def test_a_second_ctrl_c_does_not_disturb_the_end(start):
    process = start("stubborn")
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "again\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == SENTENCE + "\n"
    assert process.returncode == 130


def test_under_nohup_the_end_of_a_terminal_is_none(start):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start("work")
    finally:
        signal.signal(signal.SIGHUP, before)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.wait()
    assert process.returncode == 143
