"""Processes: who holds how many connections, and how much memory."""

import os
import socket
import subprocess
import sys

from benchmarks.contenders.processes import connections, established, family, memory

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2134 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:2134 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 20 4 30 10 0
   2: 0100007F:9C40 0100007F:2134 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 20 4 30 10 0
   3: 0100007F:2134 0100007F:9C42 06 00000000:00000000 00:00000000 00000000     0        0 14 1 0 20 4 30 10 0
"""


def test_established_connections_are_those_of_the_servers_end():
    assert established(TABLE, 0x2134) == {"12"}


def test_a_connection_is_of_the_process_that_accepted_it():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            assert connections([os.getpid()], port) == {os.getpid(): 0}
            accepted, _ = listener.accept()
            with accepted:
                assert connections([os.getpid()], port) == {os.getpid(): 1}


def test_a_family_is_a_process_and_its_children():
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        parent.stdout.readline()
        pids = [*family(parent.pid)]
        assert pids[0] == parent.pid
        assert len(pids) == 2
        assert memory(pids) > memory(pids[1:]) > 0
        parent.communicate("\n")


def test_a_process_that_has_ended_has_no_family():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert [*family(process.pid)] == [process.pid]
