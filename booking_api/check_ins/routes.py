"""Routes for the door of an event."""

from typing import Any

from bson import ObjectId
from flask import Response

from ..events import access
from ..http import idempotency, pagination
from ..http.arguments import Blueprint
from ..http.attachments import streamed
from ..http.services import service
from ..openapi.views import may_raise
from . import examples, problems
from .rules import REPLAYED
from .schemas import (
    BulkCheckInBody,
    BulkCheckInRead,
    CheckInBody,
    CheckInRead,
    ListQuery,
    ScanList,
    Snapshot,
    SnapshotQuery,
)
from .service import CheckInService
from .snapshot import Snapshots
from .store import NEWEST_FIRST

blueprint = Blueprint("check_ins", __name__, url_prefix="/api/v1", description="The door of an event.")
door = service(CheckInService)
snapshots = service(Snapshots)
AS_BEFORE = "The `nonce` was sent before, and this is the answer that it had."


@blueprint.route("/events/<objectid:event_id>/check-ins", methods=["POST"])
@access.scanner.or_key(access.CHECK_INS)
@idempotency.idempotent
@blueprint.arguments(CheckInBody(), example=examples.SCAN)
@blueprint.response(201, CheckInRead, example=examples.CHECKED_IN)
@blueprint.alt_response(200, schema=CheckInRead, example=examples.CHECKED_IN, description=AS_BEFORE)
@may_raise(*problems.CHECK_IN)
def check_in(scan: dict[str, Any], event_id: ObjectId) -> tuple[dict[str, Any], int]:
    """Let a guest in

    Send what the scanner has read: the code of a ticket or its address, with spaces around it if need be. Of several
    scans of one ticket for one list, however many devices send them at once, one is answered by 201. Every scan is in
    the log, refused ones too. With a `nonce` a scan can be sent again if its answer was lost.
    """
    judgement = door.check_in(event_id, access.caller(), _keyed(scan))
    return door.shown(judgement), 200 if judgement.result == REPLAYED and scan["nonce"] else 201


@blueprint.route("/events/<objectid:event_id>/check-ins/bulk", methods=["POST"])
@access.scanner.or_key(access.CHECK_INS)
@idempotency.idempotent
@blueprint.arguments(BulkCheckInBody(), example=examples.SCANS)
@blueprint.response(200, BulkCheckInRead, example=examples.RESULTS)
@may_raise(*problems.BULK)
def bulk(body: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """Send the scans of a device that had no network

    At most 500, in the order in which they were made; each succeeds or fails alone, and has a result. Give each a
    `nonce`: then the file can be sent again if the answer was lost, and nobody comes in twice.
    """
    scans = [_keyed(scan, number) for number, scan in enumerate(body["check_ins"])]
    return {"results": door.bulk(event_id, access.caller(), scans)}


@blueprint.route("/events/<objectid:event_id>/check-ins/<objectid:ticket_id>", methods=["DELETE"])
@access.scanner.or_key(access.CHECK_INS)
@blueprint.arguments(ListQuery(), location="query")
@blueprint.response(204)
@may_raise(*problems.UNDO)
def undo(query: dict[str, Any], event_id: ObjectId, ticket_id: ObjectId) -> None:
    """Undo a check-in

    The ticket can be scanned again for that list, or cancelled if no other list has it. Its scan stays in the log.
    """
    door.undo(event_id, access.caller(), ticket_id, query["list"])


@blueprint.route("/events/<objectid:event_id>/check-ins")
@access.scanner.or_key(access.CHECK_INS)
@blueprint.arguments(pagination.PageQuery(), location="query")
@blueprint.response(200, ScanList, example=examples.LOG)
@may_raise(*problems.OF_EVENT)
def log(query: dict[str, Any], event_id: ObjectId) -> dict[str, Any]:
    """List the scans at one's door

    The latest first, refused ones too: what was answered, who has scanned and with which device. A scan whose `nonce`
    was sent before is there once.
    """
    after = pagination.position(query["cursor"], NEWEST_FIRST)
    return pagination.answer(door.log(event_id, access.caller().id, query["limit"], after), NEWEST_FIRST)


@blueprint.route("/events/<objectid:event_id>/check-ins/snapshot")
@access.scanner.or_key(access.CHECK_INS)
@blueprint.arguments(SnapshotQuery(), location="query")
@blueprint.response(200, Snapshot, example=examples.SNAPSHOT)
@may_raise(*problems.SNAPSHOT)
def snapshot(query: dict[str, Any], event_id: ObjectId) -> Response:
    """Take the tickets along to where there is no network

    A device compares the SHA-256 of the code that it reads, lets in whose `status` is `valid` and who is not in yet,
    and sends its scans later. Ask again with the `cursor` as `since`: only tickets that have changed come then, with
    their new code if they have one; replace those that you have by `ticket_id`. If the cursor is older than 30 days,
    all tickets come. The answer is sent while it is made: if it cannot be completed, the connection is cut.
    """
    parts = snapshots.make(event_id, access.caller().id, query["list"], query["since"])
    return streamed(parts, "application/json")


def _keyed(scan: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """Return a scan of a request with a key under a nonce that later attempts with the key share, if it has none."""
    if scan["nonce"] or idempotency.request_digest() is None:
        return scan
    return scan | {"nonce": f"key-{idempotency.resource_id()}-{number}"}
