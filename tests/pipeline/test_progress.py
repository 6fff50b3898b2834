import io
import logging
import sys

import pytest

from pipeline.progress import progress


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "pipeline.progress")
    return caplog


def test_elsewhere_every_epoch_is_a_line(lines):
    with progress("training", 2, "epochs") as advance:
        advance(1, "cost 0.5")
        advance(1, "cost 0.4")
    assert lines.messages == ["training: 1 of 2 epochs, cost 0.5", "training: 2 of 2 epochs, cost 0.4"]


def test_elsewhere_a_download_is_a_few_lines(lines):
    with progress("images.gz", 1000, "bytes") as advance:
        for _ in range(100):
            advance(10, "")
    assert lines.messages == [f"images.gz: {done} of 1000 bytes" for done in (250, 500, 750, 1000)]


def test_on_a_terminal_there_is_a_bar_with_cost_and_accuracy(lines, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("COLUMNS", "120")
    with progress("training", 2, "epochs") as advance:
        advance(2, "cost 0.4000, validation accuracy 97.00%")
    assert "100% cost 0.4000, validation accuracy 97.00%" in terminal.getvalue()
    assert lines.messages == []
