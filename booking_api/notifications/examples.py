"""Examples of messages to guests, for the documentation."""

from ..events.examples import EVENT

MESSAGE = {"subject": "Doors open at seven", "body": "Come early, and bring your ticket's code.\nOlga"}
SENT = {"id": "5d0f3c9a8e7b6145c2d1a0f9", "event_id": EVENT["id"], **MESSAGE, "created_at": "2030-01-01T12:00:00Z"}
