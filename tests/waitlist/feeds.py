"""What the feed of an event tells of its waiting list, transaction by transaction."""

from collections.abc import Iterable


class Told:
    """Reads the stored changes of an event, without ticket types, in the order of the commits.

    `jumped` has the last numbers of the transactions by which somebody took tickets who was not offered them, while an
    entry could have had some, and `overtaken` those of the transactions that offered tickets which an earlier entry
    could have had. `offers` counts offers. Entries with ids in `left` are held against nobody: the feed does not say
    when they left.
    """

    def __init__(self, rows: Iterable[dict], total: int, left: Iterable = (), *, strict: bool = False):
        self.jumped: list[int] = []
        self.overtaken: list[int] = []
        self.offers = 0
        self._total, self._left, self._strict = total, set(left), strict
        self._booked: dict = {}  # tickets of each booking
        self._waits: dict = {}  # what each entry takes at least, in the order in which they have joined
        for row in rows:
            self._read(row)

    def _read(self, row: dict) -> None:
        entries = [change["data"]["waitlist"] for change in row["changes"] if "waitlist" in change["data"]]
        offered = {entry["booking_id"] for entry in entries}
        bought = 0
        for change in row["changes"]:
            booking, entry = change["data"].get("booking"), change["data"].get("waitlist")
            if booking:
                if booking["id"] not in self._booked and booking["id"] not in offered:
                    bought += booking["quantity"]
                live = booking["status"] in ("held", "confirmed")
                self._booked[booking["id"]] = booking["quantity"] if live else 0
            elif entry and entry["status"] == "waiting" and entry["id"] not in self._left:
                self._waits[entry["id"]] = entry["min_quantity"]
            elif entry and entry["status"] == "offered":
                self._offer(row, entry)
        if bought and self._fits(self._waits.values(), self._free + bought):
            self.jumped.append(row["last"])

    def _offer(self, row: dict, entry: dict) -> None:
        self.offers += 1
        order = list(self._waits)
        earlier = order[: order.index(entry["id"])] if entry["id"] in self._waits else order
        available = self._free + self._booked[entry["booking_id"]]
        if entry["id"] not in self._left and self._fits([self._waits[each] for each in earlier], available):
            self.overtaken.append(row["last"])
        self._waits.pop(entry["id"], None)

    def _fits(self, least: Iterable[int], available: int) -> bool:
        wanted = list(least)
        return bool(wanted) and (self._strict or min(wanted) <= available)

    @property
    def _free(self) -> int:
        return self._total - sum(self._booked.values())
