"""The door of an event, as somebody works at it."""

from dataclasses import dataclass

from ..api import Api
from ..builders import sign_up

AT = "2030-01-01T12:00:00Z"  # where the clock of the mongomock app stands


@dataclass
class Door:
    """Somebody at the door of an event."""

    api: Api
    event: dict

    @property
    def path(self):
        """Where scans go."""
        return f"/events/{self.event['id']}/check-ins"

    def scan(self, ticket, **fields):
        """Scan the code of a ticket, or what a scanner has read."""
        code = ticket if isinstance(ticket, str) else ticket["code"]
        return self.api.post(self.path, {"code": code} | fields)

    def scan_id(self, ticket, **fields):
        """Let in a guest who cannot show the ticket."""
        return self.api.post(self.path, {"ticket_id": ticket["id"]} | fields)

    def bulk(self, *scans):
        """The results of the scans of a device that had no network."""
        answer = self.api.post(f"{self.path}/bulk", {"check_ins": list(scans)})
        assert answer.status_code == 200, answer.json
        return answer.json["results"]

    def undo(self, ticket, **query):
        """Take a check-in back."""
        return self.api.delete(f"{self.path}/{ticket['id']}", query_string=query)

    def log(self, **query):
        """The entries of the log."""
        return self.api.get(self.path, query_string=query).json["items"]

    def snapshot(self, **query):
        """What a scanner takes along."""
        answer = self.api.get(f"{self.path}/snapshot", query_string=query)
        assert answer.status_code == 200, answer.json
        return answer.json


def scanner_of(app, organizer, event, **fields):
    """The door with somebody at it who has a customer's account, and is a scanner of this event alone."""
    person = sign_up(app, "customer", **fields)
    entry = {"email": person.user["email"], "role": "scanner"}
    assert organizer.call("PUT", f"/events/{event['id']}/staff", entry).status_code == 200
    return Door(person, event)


def key_of(app, organizer, event):
    """The id of an API key that opens this door alone, and the door with a device at it that has the key."""
    made = organizer.post("/api-keys", {"name": "Gate", "scopes": ["check-ins"], "event_id": event["id"]}).json
    return made["id"], Door(Api(app.test_client(), made["key"]), event)
