"""The door of an event at several machines with one database, below HTTP; and what must hold after any race."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bson import ObjectId

from booking_api import create_app
from booking_api.auth.tokens import Caller
from booking_api.bookings.audit import Audit
from booking_api.check_ins.audit import CheckInAudit
from booking_api.check_ins.service import CheckInService
from booking_api.errors import Problem
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of

from ..apps import SETTINGS
from ..pids import CALM_SECONDS

AUDITS = (Audit, FeedAudit, CheckInAudit)


class Gates:
    """Several processes at the door of one event, all of whose people have its organizer's account.

    Each is as on a machine of its own, so they do not take turns by file locks: only the database keeps them apart.
    """

    def __init__(self, app, database, organizer, event, count=3):
        others = [create_app(elsewhere(number), database=database) for number in range(1, count)]
        self.processes = [services_of(each) for each in (app, *others)]
        self.database = database
        self.event_id = ObjectId(event["id"])
        self.organizer_id = ObjectId(organizer.user["id"])
        self.caller = Caller(self.organizer_id, "organizer")

    def service(self, number, kind):
        """A service of the process whose turn it is."""
        return self.processes[number % len(self.processes)][kind]

    def scan(self, number, **fields):
        """What became of a scan at a process: `created`, `replayed`, or the code of the problem."""
        door = self.service(number, CheckInService)
        return said(lambda: door.check_in(self.event_id, self.caller, scan_of(**fields)).result)

    def bulk(self, number, scans):
        """The results of a file that a device sends to a process."""
        return self.service(number, CheckInService).bulk(self.event_id, self.caller, scans)

    def undo(self, number, ticket):
        """Take a check-in back at a process; None, or the code of the problem."""
        door = self.service(number, CheckInService)
        return said(lambda: door.undo(self.event_id, self.caller, ticket["_id"], None))

    def log(self, **conditions):
        """The logged scans of the event, in the order in which they were written."""
        found = self.database["scans"].find({"event_id": self.event_id} | conditions)
        return list(found.sort([("at", 1), ("_id", 1)]))

    def ticket(self, ticket):
        """A ticket as it is stored."""
        (booking,) = self.database["bookings"].find({"tickets._id": ticket["_id"]})
        return next(each for each in booking["tickets"] if each["_id"] == ticket["_id"])

    def tickets(self):
        """All tickets of the event, with what only their customers see."""
        found = self.database["bookings"].find({"event_id": self.event_id}).sort("_id", 1)
        return [ticket for booking in found for ticket in booking["tickets"]]

    def faults(self):
        """What the audits find wrong."""
        return [fault for audit in AUDITS for found in self.processes[0][audit].check() for fault in found]


def elsewhere(number):
    """The settings of a process on another machine: the folder of the locks has its name from the secret."""
    return replace(SETTINGS, jwt_secret_key=f"{SETTINGS.jwt_secret_key} {number}")


def scan_of(ticket=None, **fields):
    """A scan of a ticket's code, as the service takes it."""
    read = {"code": ticket["code"]} if ticket else {}
    return {"scanned_at": None, "nonce": None, "list": None, "device": None} | read | fields


def said(call):
    """What a call returns, or the code of the problem that it raises."""
    try:
        return call()
    except Problem as problem:
        return problem.code


def all_at_once(*calls):
    """Make all calls at once, each in a thread of its own; what each of them returns."""
    begin = threading.Barrier(len(calls))

    def make(call):
        begin.wait(CALM_SECONDS)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls, timeout=2 * CALM_SECONDS))
