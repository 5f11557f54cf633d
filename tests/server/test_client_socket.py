"""A socket that keeps what its client does not take."""

import select
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_api.server.client_socket import MOST_KEPT_BYTES, ClientSocket

LARGE = bytes(range(256)) * 4_000


@pytest.fixture
def pair():
    """Our end, and the client's."""
    ours, theirs = socket.socketpair()
    with ClientSocket(ours) as made, theirs:
        theirs.settimeout(10)
        yield made, theirs


def read(client, count):
    """So many bytes."""
    content = b""
    while len(content) < count:
        content += client.recv(count - len(content))
    return content


def test_what_the_client_takes_at_once_is_sent(pair):
    ours, theirs = pair
    ours.sendall(b"answer")
    assert not ours.unsent
    assert theirs.recv(10) == b"answer"


def test_the_rest_is_kept_and_sent_in_its_order(pair, tmp_path):
    ours, theirs = pair
    (tmp_path / "file").write_bytes(b"<" + LARGE + b">")
    ours.sendall(LARGE)
    assert 0 < len(ours.unsent) < len(LARGE)
    ours.sendall(b"next")
    with open(tmp_path / "file", "rb") as file:
        assert ours.sendfile(file, 1, len(LARGE)) == len(LARGE)
    expected = LARGE + b"next" + LARGE
    heard = b""
    while not ours.send_more():
        heard += theirs.recv(100_000)
    assert heard + read(theirs, len(expected) - len(heard)) == expected


def test_an_answer_without_end_is_waited_for(pair):
    ours, theirs = pair
    parts = MOST_KEPT_BYTES // len(LARGE) + 2

    def send():
        for _ in range(parts):
            ours.sendall(LARGE)
            assert len(ours.unsent) <= MOST_KEPT_BYTES
        while not ours.send_more():
            select.select([], [ours], [])

    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(send)
        assert read(theirs, parts * len(LARGE)) == LARGE * parts
        sending.result()


@pytest.mark.parametrize("unfinished", [True, False])
def test_a_connection_that_is_closed_in_the_middle_of_an_answer_is_reset(unfinished):
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as theirs:
        theirs.settimeout(10)
        with ClientSocket(listener.accept()[0]) as ours:
            ours.begin_unframed()
            ours.sendall(b"part")
            assert theirs.recv(10) == b"part"
            if not unfinished:
                ours.end_unframed()
        if unfinished:
            with pytest.raises(ConnectionResetError):
                theirs.recv(10)
        else:
            assert theirs.recv(10) == b""
