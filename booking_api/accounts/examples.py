"""Examples for the documentation: two people, who appear again in the examples of events and bookings.

Ids of examples are those of the demo (`development/demo_world.py`), so that whoever has filled a database with it can
send them from `/docs` as they stand.
"""

from typing import Any

OLGA = {
    "id": "6319afcfbe3c0c2603320977",
    "name": "Olga Organizer",
    "email": "olga@example.com",
    "email_verified": True,
    "locale": "en",
    "role": "organizer",
    "created_at": "2030-01-01T12:00:00Z",
}
CARL = {
    "id": "40b60b6d448e0a68a9c11828",
    "name": "Carl Customer",
    "email": "carl@example.com",
    "email_verified": True,
    "locale": "en",
    "role": "customer",
    "created_at": "2030-01-01T12:00:00Z",
}
PASSWORD = "correct horse battery"  # noqa: S105 (nobody's)
NEW_PASSWORD = "staple battery horse"  # noqa: S105 (nobody's)


def _both(organizer: dict[str, Any], customer: dict[str, Any]) -> dict[str, Any]:
    return {
        "customer": {"summary": "A customer", "value": customer},
        "organizer": {"summary": "An organizer", "value": organizer},
    }


def _tokens(role: str) -> dict[str, Any]:
    return {
        "access_token": f"eyJhbGciOiJIUzI1NiJ9.{role}.access",
        "refresh_token": f"eyJhbGciOiJIUzI1NiJ9.{role}.refresh",
        "token_type": "Bearer",
        "expires_in": 900,
    }


def _registration(person: dict[str, Any]) -> dict[str, Any]:
    return {name: person[name] for name in ("name", "email", "role")} | {"password": PASSWORD}


def _credentials(person: dict[str, Any]) -> dict[str, Any]:
    return {"email": person["email"], "password": PASSWORD}


REGISTRATIONS = _both(_registration(OLGA), _registration(CARL))
REGISTERED = _both(OLGA, CARL)
CREDENTIALS = _both(_credentials(OLGA), _credentials(CARL))
SESSIONS = _both(_tokens("organizer") | {"user": OLGA}, _tokens("customer") | {"user": CARL})
TOKENS = _tokens("renewed")
RENAMING = {"name": "Carl C. Customer", "locale": "de"}
RENAMED = CARL | RENAMING
PASSWORD_CHANGE = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
EMAIL_CHANGE = {"email": "carl.customer@example.com", "password": PASSWORD}
EMAIL_TOKEN = {"token": "the-token-from-the-mail"}
RESET_REQUEST = {"email": CARL["email"]}
RESET = {"token": "the-token-from-the-mail", "new_password": NEW_PASSWORD}
