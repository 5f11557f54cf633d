"""An app with an event, and everybody who may or may not call something about it."""

from datetime import timedelta

from bson import ObjectId

from booking_api.events.scopes import SCOPES

from ..api import Api
from ..apps import mongomock_app
from ..builders import book, make_event, sign_up
from ..fakes import Clock, Outgoing


class World:
    """An app with an event and everybody who may or may not call something."""

    def __init__(self):
        self.clock = Clock()
        self.app = mongomock_app(self.clock, Outgoing())
        accounts = {"owner": "organizer", "other": "organizer", "manager": "customer", "scanner": "organizer"}
        self.callers = {name: sign_up(self.app, role) for name, role in accounts.items()}
        self.callers["customer"] = sign_up(self.app, "customer", email="carl@example.com")
        self.callers["nobody"] = Api(self.app.test_client())
        self.owner = self.callers["owner"]
        event = make_event(self.owner)
        self.elsewhere = make_event(self.owner)["id"]
        for name in ("manager", "scanner"):
            entry = {"email": self.callers[name].user["email"], "role": name}
            assert self.owner.call("PUT", f"/events/{event['id']}/staff", entry).status_code == 200
        booking = book(self.callers["customer"], event)
        waiting = self.callers["customer"].post(f"/events/{event['id']}/waitlist", {"quantity": 10})
        assert waiting.status_code == 201, waiting.json
        self.ids = {"event_id": event["id"], "booking_id": booking["id"], "user_id": self.callers["manager"].user["id"]}
        self.ids["ticket_id"], self.code = booking["tickets"][0]["id"], booking["tickets"][0]["code"]
        self.ids["key_id"] = self.key(["events:read"])["id"]

    def renew(self, route):
        """Make what a route may have deleted, as several may."""
        if "{webhook_id}" in route.path:
            made = self.owner.post("/webhooks", {"url": "https://hooks.example.com/", "types": ["*"]}).json["id"]
            delivery = self.owner.post(f"/webhooks/{made}/test").json["id"]
            self.ids |= {"webhook_id": made, "delivery_id": delivery}
        if "{code_id}" in route.path:
            code = {"code": str(ObjectId()), "kind": "unlock"}
            self.ids["code_id"] = self.owner.post(f"/events/{self.ids['event_id']}/codes", code).json["id"]

    def key(self, scopes, **fields):
        """A key of the owner."""
        made = self.owner.post("/api-keys", {"name": "Key", "scopes": scopes} | fields)
        assert made.status_code == 201, made.json
        return made.json

    def caller(self, name, route):
        """The client of a caller."""
        scopes = [each.name for each in SCOPES]
        if name in self.callers:
            return self.callers[name]
        if name == "key":
            about = self.ids["event_id"] if "{event_id}" in route.path else None
            made = self.key([route.scope or "events:read"], event_id=about)
        elif name == "unfit":
            made = self.key([each for each in scopes if each != route.scope])
        elif name == "elsewhere":
            made = self.key(scopes, event_id=self.elsewhere)
        elif name == "deleted":
            made = self.key(scopes)
            assert self.owner.delete(f"/api-keys/{made['id']}").status_code == 204
        else:
            made = self.key(scopes, expires_at=(self.clock() + timedelta(minutes=1)).isoformat())
        return Api(self.app.test_client(), made["key"])
