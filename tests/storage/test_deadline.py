"""One time limit for all the work at hand."""

import contextvars
import math
import threading
import time

import pytest
from pymongo.errors import PyMongoError

from booking_api.storage.deadline import deadline, seconds_left
from booking_api.storage.failures import is_unavailable


def test_without_a_limit_the_time_is_endless():
    assert seconds_left() == math.inf


def test_a_limit_runs_out_as_time_passes():
    with deadline(50):
        first = seconds_left()
        time.sleep(0.01)
        assert 20 < seconds_left() <= first - 0.01 < 50
    assert seconds_left() == math.inf


def test_a_limit_inside_another_only_shortens_it():
    with deadline(50):
        with deadline(500):
            assert 20 < seconds_left() <= 50
        with deadline(10):
            assert seconds_left() <= 10
        assert seconds_left() > 20


def test_a_limit_that_is_over_is_negative():
    with deadline(0.001):
        time.sleep(0.005)
        assert seconds_left() < 0


def test_a_limit_ends_with_its_block_also_by_an_exception():
    with pytest.raises(KeyError), deadline(5):
        raise KeyError
    assert seconds_left() == math.inf


def test_other_threads_and_other_contexts_have_no_part_in_a_limit():
    heard = []
    with deadline(5):
        thread = threading.Thread(target=lambda: heard.append(seconds_left()))
        thread.start()
        thread.join()
        heard.append(contextvars.Context().run(seconds_left))
    assert heard == [math.inf, math.inf]


def test_an_operation_of_mongodb_ends_with_the_limit(database):
    database["things"].insert_one({"_id": 1})
    slow = {"$where": "sleep(20000) || true"}
    began = time.monotonic()
    with pytest.raises(PyMongoError) as failure, deadline(0.3):
        database["things"].find_one(slow)
    assert time.monotonic() - began < 10
    assert is_unavailable(failure.value)
    assert database["things"].find_one({})["_id"] == 1


def test_an_outer_limit_ends_an_operation_within_an_inner_one(database):
    database["things"].insert_one({"_id": 1})
    began = time.monotonic()
    with pytest.raises(PyMongoError), deadline(0.3), deadline(60):
        database["things"].find_one({"$where": "sleep(20000) || true"})
    assert time.monotonic() - began < 10
