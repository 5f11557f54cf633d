"""How many sessions an account can have, so that ending all of them stays one short transaction."""

from datetime import UTC, datetime, timedelta

from bson import ObjectId

from booking_api.accounts import sessions
from booking_api.accounts.sessions import SessionStore
from booking_api.http.services import services_of

from .sessions import assert_over, log_in, new_account, read, refresh


def log_in_later(app, email, clock):
    """A session that began a minute after what was before."""
    clock.advance(minutes=1)
    return log_in(app, email)


def test_one_session_too_many_ends_the_one_renewed_longest_ago(app, clock, monkeypatch):
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 3)
    email, bob = new_account(app), log_in(app, new_account(app))
    first, second, third = (log_in_later(app, email, clock) for _ in range(3))
    clock.advance(minutes=1)
    renewed = refresh(app, first).json
    fourth = log_in(app, email)
    assert_over(app, second)
    for alive in (bob, renewed, third, fourth):
        assert read(app, alive).status_code == 200


def test_what_a_login_reads_of_earlier_sessions_stays_short(real_app, database):
    store, user_id = services_of(real_app)[SessionStore], ObjectId()
    start = datetime(2030, 1, 1, tzinfo=UTC)
    rows = [
        {"user_id": user_id, "expires_at": start + timedelta(seconds=n), "ended_at": start if n % 10 else None}
        for n in range(3000)
    ]
    oldest = store.collection.insert_many(rows).inserted_ids[:50:10]
    live = {"user_id": user_id, "ended_at": None}
    assert sorted(store.find_surplus(user_id, 295)) == sorted(oldest)
    plan = store.collection.find(live).sort("expires_at", -1).limit(295).explain()["executionStats"]
    assert plan["totalDocsExamined"] == 295
