"""The door: who is let in, who is left to others, and what becomes of those who wait when it closes."""

import errno
import selectors
import socket

import pytest

from service.http.door import Door


class Room:
    """What is behind a door."""

    def __init__(self):
        self.poller = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.has_room = self.is_turn = True
        self.entered = []
        self.door = Door(
            [self.listener], self.poller, lambda: self.has_room, lambda: self.is_turn, self.enter
        )
        self.clients = []

    def enter(self, sock, client, server):
        assert server[0] == "127.0.0.1"
        self.entered.append(client)
        self.clients.append(sock)

    def knock(self):
        """A client connects; the loop hears of it where it listens."""
        self.clients.append(socket.create_connection(self.address))
        for key, _ in self.poller.select(0.5 if self.poller.get_map() else 0):
            key.data(0)

    @property
    def address(self):
        return self.listener.getsockname()


@pytest.fixture
def room():
    room = Room()
    yield room
    for each in (*room.clients, room.listener):
        each.close()
    room.poller.close()


def test_nobody_is_let_in_before_it_opens(room):
    room.knock()
    assert room.entered == []


def test_whoever_knocks_is_let_in(room):
    room.door.open()
    room.knock()
    room.knock()
    assert (len(room.entered), room.door.opens) == (2, None)


@pytest.mark.parametrize("why", ["has_room", "is_turn"])
def test_others_have_a_moment_to_take_one(room, why):
    room.door.open()
    setattr(room, why, False)
    room.knock()
    assert (room.entered, room.door.opens is None) == ([], False)


@pytest.fixture
def clock(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("service.http.door.time.monotonic", lambda: clock[0])
    return clock


def test_one_that_nobody_takes_is_let_in_after_a_while(room, clock):
    room.is_turn = False
    for seconds in (0, 0.003, 0.001):
        clock[0] += seconds
        room.door.open()
        room.knock()
        assert room.entered == []
    clock[0] += 0.002
    room.door.open()
    room.knock()
    assert len(room.entered) == 1
    room.knock()
    assert len(room.entered) == 1, "and then the others have a while again"


def test_another_knock_long_after_waits_for_its_own_while(room, clock):
    room.is_turn = False
    room.door.open()
    room.knock()
    clock[0] += 1
    room.door.open()
    room.knock()
    assert room.entered == []


def test_a_full_room_stays_closed_after_the_moment(room):
    room.door.open()
    room.has_room = False
    room.knock()
    room.door.open()
    room.knock()
    assert room.entered == []


def test_those_who_wait_are_let_in_when_it_closes_and_later_ones_refused(room):
    room.door.open()
    room.is_turn = False
    for _ in range(3):
        room.knock()
    address = room.address
    room.door.close()
    assert len(room.entered) == 3
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


@pytest.fixture
def without_descriptors(room, monkeypatch):
    def accept(_):
        raise OSError(errno.EMFILE, "Too many open files")

    room.door.open()
    monkeypatch.setattr(socket.socket, "accept", accept)


@pytest.mark.usefixtures("without_descriptors")
def test_a_want_of_file_descriptors_closes_it_for_a_moment(room, caplog):
    room.knock()
    assert room.door.opens is not None
    assert caplog.messages == ["a connection cannot be taken: [Errno 24] Too many open files"]


@pytest.mark.usefixtures("without_descriptors")
def test_a_want_of_file_descriptors_does_not_keep_it_from_closing(room):
    room.door.close()
    assert (room.door.opens, room.listener.fileno()) == (None, -1)


def test_one_that_another_worker_takes_first_is_no_trouble(room):
    class Listener:
        def accept(self):
            raise BlockingIOError

    room.door.open()
    room.door._knocked(Listener())
    assert (room.entered, room.door.opens) == ([], None)
