"""What is kept of a session, and how a worker knows which have ended while it asks seldom."""

from datetime import timedelta

import mongomock
import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect, NetworkTimeout

from booking_api.accounts import sessions
from booking_api.accounts.sessions import SessionService, SessionStore
from booking_api.auth.tokens import SessionEnded
from booking_api.storage.client import UnitOfWork
from booking_api.storage.deadline import seconds_left

ADA, BOB = ObjectId(), ObjectId()
QUARTER, MONTH, OVERLAP = timedelta(minutes=15), timedelta(days=30), timedelta(seconds=30)
JTI_DIGITS = 32  # 128 bits


class Stopwatch:
    """A monotonic clock that moves only when told to."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        """Return the time in seconds."""
        return self.now


class FakeLock:
    """A lock that is held or free as a test says; `waits` has how long each caller was ready to wait."""

    def __init__(self):
        self.is_free, self.waits = True, []
        self.while_waiting = lambda: None

    def acquire(self, timeout):
        """Return whether the lock is free."""
        self.waits.append(timeout)
        self.while_waiting()
        return self.is_free

    def release(self):
        """Do nothing: the lock is as free as the test says."""


@pytest.fixture
def store(monkeypatch):
    """A store that notes from when on it was asked for ended sessions, and within how many seconds."""
    made = SessionStore(mongomock.MongoClient(tz_aware=True)["booking"]["sessions"])
    made.asked, made.limits, found = [], [], made.ended_since

    def ended_since(moment):
        made.asked.append(moment)
        made.limits.append(seconds_left())
        return found(moment)

    monkeypatch.setattr(made, "ended_since", ended_since)
    return made


@pytest.fixture
def stopwatch():
    """The monotonic clock by which a worker decides to ask again."""
    return Stopwatch()


@pytest.fixture
def lock():
    """The lock of the worker, which a test can hold."""
    return FakeLock()


@pytest.fixture
def service(store, clock, stopwatch, lock):
    """The sessions of a worker."""
    return SessionService(store, clock, QUARTER, MONTH, monotonic=stopwatch, lock=lock)


def rows(store):
    """The sessions as stored."""
    return list(store.collection.find())


def test_a_session_is_kept_for_thirty_days_from_its_last_renewal(service, store, clock):
    session_id, jti = service.start(ADA)
    started = {"_id": session_id, "user_id": ADA, "refresh_jti": jti, "expires_at": clock.now + MONTH, "ended_at": None}
    assert rows(store) == [started]
    clock.advance(days=29)
    renewal = service.renew(session_id, jti, 1_900_000_000, verified=True)
    following = renewal.refresh_jti
    changes = {
        "refresh_jti": following,
        "issued_at": renewal.issued_at,
        "verified": True,
        "expires_at": clock.now + MONTH,
    }
    assert rows(store) == [started | changes | {"rotations": [{"jti": jti, "at": clock.now}]}]
    assert renewal.issued_at == 1_900_000_000
    assert len({jti, following}) == 2
    assert [len(id_) for id_ in (jti, following)] == [JTI_DIGITS] * 2


def test_a_renewal_is_given_up_while_its_token_can_still_be_used_again(service, store, monkeypatch):
    left, rotate = [], store.rotate
    monkeypatch.setattr(store, "rotate", lambda *args, **kwargs: left.append(seconds_left()) or rotate(*args, **kwargs))
    service.renew(*service.start(ADA), 1_900_000_000, verified=True)
    assert 0 < left[0] <= sessions.ROTATION_SECONDS < sessions.GRACE.total_seconds() / 2


def test_a_session_that_has_ended_cannot_be_renewed_and_keeps_the_moment_of_its_end(service, store, clock):
    session_id, jti = service.start(ADA)
    service.end(session_id)
    ended = clock.now
    clock.advance(minutes=1)
    with pytest.raises(SessionEnded):
        service.renew(session_id, jti, 1_900_000_000, verified=True)
    assert store.end({"_id": session_id}, clock.now) == []
    assert [row["ended_at"] for row in rows(store)] == [ended]


def test_only_the_sessions_of_one_account_end_together(service, store, clock):
    kept, ended, other = (service.start(user)[0] for user in (ADA, ADA, BOB))
    assert store.end({"user_id": ADA, "_id": {"$ne": kept}}, clock.now) == [ended]
    assert store.ended_since(clock.now - OVERLAP) == {ended: clock.now}
    assert store.ended_since(clock.now) == {}
    assert [row["ended_at"] for row in rows(store)] == [None, clock.now, None]
    assert other in [row["_id"] for row in rows(store)]


def test_a_worker_believes_in_an_end_once_it_is_committed(service):
    here, there = (service.start(ADA)[0] for _ in range(2))
    assert not service.is_ended(there)
    unit = UnitOfWork(None)
    service.end_all(ADA, unit, but=here)
    assert not service.is_ended(there)
    unit.committed()
    assert service.is_ended(there)
    assert not service.is_ended(here)


def test_a_worker_asks_again_only_after_two_seconds(service, store, stopwatch, lock):
    for _ in range(2):
        service.is_ended(ObjectId())
    stopwatch.now += 2
    service.is_ended(ObjectId())
    assert len(store.asked) == len(lock.waits) == 1
    stopwatch.now += 0.1
    service.is_ended(ObjectId())
    assert len(store.asked) == 2
    assert all(0 < seconds <= sessions.POLL_LIMIT_SECONDS for seconds in store.limits)


def test_the_two_seconds_run_from_before_the_question(service, store, stopwatch, monkeypatch):
    found = store.ended_since

    def slow(moment):
        stopwatch.now += 1.5
        return found(moment)

    monkeypatch.setattr(store, "ended_since", slow)
    service.is_ended(ObjectId())
    stopwatch.now += 0.6
    service.is_ended(ObjectId())
    assert len(store.asked) == 2


def test_while_one_request_asks_the_others_wait_only_if_what_is_known_is_too_old(service, store, stopwatch, lock):
    service.is_ended(ObjectId())
    lock.is_free = False
    for seconds in (3, 2):  # since the answer: 3, and then 5
        stopwatch.now += seconds
        assert not service.is_ended(ObjectId())
    stopwatch.now += 0.1
    with pytest.raises(NetworkTimeout, match=r"^It is not known which sessions have ended\.$"):
        service.is_ended(ObjectId())
    assert lock.waits[1:] == [0, 0, sessions.POLL_LIMIT_SECONDS]
    assert len(store.asked) == 1


def test_who_waited_for_the_answer_of_another_request_does_not_ask_again(service, store, stopwatch, lock):
    service.is_ended(ObjectId())
    stopwatch.now += 6

    def let_another_request_ask():
        lock.while_waiting = lambda: None
        service.is_ended(ObjectId())

    lock.while_waiting = let_another_request_ask
    assert not service.is_ended(ObjectId())
    assert len(store.asked) == len(lock.waits) - 1 == 2  # the first one's, and the other request's


def test_the_lock_is_given_back_whatever_happens(store, clock, stopwatch, monkeypatch):
    service = SessionService(store, clock, QUARTER, MONTH, monotonic=stopwatch)

    def fail(_moment):
        raise AutoReconnect("gone")

    with monkeypatch.context() as patch:
        patch.setattr(store, "ended_since", fail)
        with pytest.raises(NetworkTimeout):
            service.is_ended(ObjectId())
    assert not service.is_ended(ObjectId())
    assert len(store.asked) == 1


def test_a_worker_asks_first_for_ends_within_the_life_of_a_token_then_for_new_ones(service, store, stopwatch, clock):
    ended, later = (service.start(ADA)[0] for _ in range(2))
    store.end({"_id": ended}, clock.now)
    first = clock.now
    clock.advance(minutes=10)
    for _ in range(2):
        assert service.is_ended(ended)
        stopwatch.now += 3
    assert store.asked == [clock.now - QUARTER - OVERLAP, first - OVERLAP]
    # Another machine's clock may be slow, and its commit late: what ended a little before is still heard of.
    store.end({"_id": later}, first - OVERLAP + timedelta(milliseconds=1))
    assert service.is_ended(later)


def test_an_end_is_forgotten_when_no_token_of_the_session_can_be_alive(service, stopwatch, clock):
    session_id, _ = service.start(ADA)
    service.end(session_id)
    clock.advance(minutes=15, seconds=29)
    assert service.is_ended(session_id)
    stopwatch.now += 3
    clock.advance(seconds=1)
    service.is_ended(ObjectId())
    assert service.remembered() == set()
    clock.advance(days=1)
    stopwatch.now += 3
    assert not service.is_ended(session_id)
