"""Ids of documents that a sale makes many of."""

from datetime import UTC, datetime, timedelta

from booking_api.storage.ids import new_id


def test_new_ids_are_different_and_say_when_they_were_made():
    before = datetime.now(UTC) - timedelta(seconds=1)
    ids = {new_id() for _ in range(10_000)}
    assert len(ids) == 10_000
    assert all(before <= each.generation_time <= datetime.now(UTC) for each in ids)
