"""What people do at a door, through the API, and what is checked after it."""

from booking_api.bookings.audit import Audit
from booking_api.check_ins.audit import CheckInAudit
from booking_api.feed.audit import FeedAudit
from booking_api.http.services import services_of


def scan(caller, event, code=None, **fields):
    """The answer to a scan of a code, or of what the fields say."""
    body = fields if code is None else {"code": code, **fields}
    return caller.post(f"/events/{event['id']}/check-ins", body)


def bulk(caller, event, *scans):
    """The results of several scans."""
    answer = caller.post(f"/events/{event['id']}/check-ins/bulk", {"check_ins": list(scans)})
    assert answer.status_code == 200, answer.json
    return answer.json["results"]


def undo(caller, event, ticket, name=None):
    """The answer to undoing a check-in."""
    query = f"?list={name}" if name else ""
    return caller.delete(f"/events/{event['id']}/check-ins/{ticket['id']}{query}")


def log(caller, event, query=""):
    """The log of scans."""
    answer = caller.get(f"/events/{event['id']}/check-ins{query}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def snapshot(caller, event, query=""):
    """A snapshot of the event's tickets: those by id, and the cursor."""
    answer = caller.get(f"/events/{event['id']}/check-ins/snapshot{query}")
    assert answer.status_code == 200, answer.json
    return {item["ticket_id"]: item for item in answer.json["items"]}, answer.json["cursor"]


def faults(app):
    """What the audits find."""
    services = services_of(app)
    audits = (services[Audit], services[FeedAudit], services[CheckInAudit])
    return [fault for audit in audits for found in audit.check() for fault in found]
