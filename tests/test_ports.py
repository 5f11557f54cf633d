"""The port that a test has drawn is its own until it listens there, and after a restart."""

import socket
from collections import deque

import pytest

from . import ports
from .ports import free_port


def test_nobody_else_can_be_given_a_port_that_was_drawn():
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))


def test_who_has_drawn_a_port_listens_there_again_and_again():
    port = free_port()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    for _ in range(2):
        with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(server.getsockname()):
            server.accept()[0].close()


def test_of_the_ports_that_were_drawn_only_the_latest_are_kept(monkeypatch):
    monkeypatch.setattr(ports, "MOST_KEPT", 2)
    monkeypatch.setattr(ports, "kept", deque())
    latest = [free_port() for _ in range(4)][-2:]
    assert [each.getsockname()[1] for each in ports.kept] == latest
