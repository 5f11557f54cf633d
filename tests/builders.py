"""Builders: accounts, events and bookings made through the API, and the bodies of the requests that make them."""

import itertools

from .api import Api

FUTURE = "2031-06-01T20:00:00Z"
PASSWORD = "correct horse battery"
numbers = itertools.count(1)


def person_fields(**fields):
    """Return a valid body for `POST /auth/register`, with an email address of its own."""
    number = next(numbers)
    person = {"name": f"Person {number}", "email": f"person{number}@example.com", "role": "customer"}
    return person | {"password": PASSWORD} | fields


def sign_up(app, role, **fields):
    """Register a new account and return a client that is logged in to it."""
    person = person_fields(role=role, **fields)
    api = Api(app.test_client())
    assert api.post("/auth/register", person).status_code == 201
    session = api.post("/auth/login", {"email": person["email"], "password": person["password"]}).json
    return Api(app.test_client(), session["access_token"], session["user"])


def log_in_again(api):
    """Return a client for the same account with new tokens, for tests in which more time passes than tokens live."""
    session = api.post("/auth/login", {"email": api.user["email"], "password": PASSWORD}).json
    return Api(api.client, session["access_token"], session["user"])


def event_fields(**fields):
    """Return a valid body for `POST /events`."""
    return {"title": "Jazz night", "description": "All night.", "date": FUTURE, "total_tickets": 10} | fields


def make_event(organizer, **fields):
    """Create an event of this organizer."""
    response = organizer.post("/events", event_fields(**fields))
    assert response.status_code == 201, response.json
    return response.json


def book(customer, event, quantity=1, **fields):
    """Book tickets to an event."""
    response = customer.post("/bookings", {"event_id": event["id"], "quantity": quantity, **fields})
    assert response.status_code == 201, response.json
    return response.json


def hold(customer, event, quantity=1):
    """Hold tickets to an event."""
    return book(customer, event, quantity, hold=True)
