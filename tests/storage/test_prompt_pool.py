"""Connections are made in their own time, which is less than that of the operation that needs one."""

import contextlib
import socket
import time

import pymongo
import pytest
from pymongo.errors import PyMongoError
from pymongo.pool_options import PoolOptions

from booking_api.storage.failures import is_unavailable
from booking_api.storage.prompt_client import PromptPool

SECONDS = 30  # far more than it is to take


@pytest.fixture
def unanswered():
    """An address where the kernel drops every attempt to connect."""
    with socket.socket() as listener, contextlib.ExitStack() as filling:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            other = filling.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(listener.getsockname())
        yield listener.getsockname()


def test_a_connection_that_nobody_answers_is_given_up_before_the_operation(unanswered):
    pool = PromptPool(unanswered, PoolOptions(connect_timeout=0.5))
    began = time.monotonic()
    with pymongo.timeout(SECONDS), pytest.raises(PyMongoError) as caught:
        pool.connect()
    assert is_unavailable(caught.value)
    assert time.monotonic() - began < SECONDS / 2


def test_a_connection_is_not_waited_for_longer_than_the_operation(unanswered):
    pool = PromptPool(unanswered, PoolOptions(connect_timeout=SECONDS))
    began = time.monotonic()
    with pymongo.timeout(0.5), pytest.raises(PyMongoError):
        pool.connect()
    assert time.monotonic() - began < SECONDS / 2
