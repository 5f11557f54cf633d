"""The documents of the `outbox` collection."""

import os
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from bson import ObjectId

from ..storage.ids import id_of

JobId = ObjectId | str


class Job(TypedDict):
    """One job. A scheduled job has `scheduled`, and its id is made of its kind and its key."""

    _id: JobId
    kind: str
    payload: dict[str, Any]
    state: Literal["pending", "done", "failed"]  # pending: waiting, or claimed until `due_at`
    due_at: datetime
    attempts: int
    token: str | None  # of the claim
    message_id: str  # constant, so that two attempts can be recognised as one message
    created_at: datetime
    done_at: NotRequired[datetime]
    last_error: NotRequired[str]
    scheduled: NotRequired[int]  # how often its due time was set


def new_row(kind: str, payload: dict[str, Any], now: datetime, due_at: datetime, job_id: JobId | None = None) -> Job:
    """Return a pending job that has not been attempted."""
    drawn = os.urandom(16)
    unique = id_of(drawn[:8])
    return {
        "_id": unique if job_id is None else job_id,
        "kind": kind,
        "payload": payload,
        "state": "pending",
        "due_at": due_at,
        "attempts": 0,
        "token": None,
        "message_id": f"<{unique}.{drawn[8:].hex()}@booking-api>",
        "created_at": now,
    }
