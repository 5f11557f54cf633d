"""What is measured: how a server is prepared for it, and what it is then asked."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .load import Call
from .roster import Kind
from .servers import PASSWORD, Server

API = "/api/v1"
EVENTS = "/events"
CUSTOMERS = 100
MANY_EVENTS = 200
LISTED = 100
DESCRIPTION = "An evening with a band, a bar and a view of the river. " * 4


@dataclass(frozen=True)
class Scenario:
    """Requests of one kind; `expected` is the status of success, `environ` what the server is told beside the usual.

    `kinds` are the servers that it is for: where nothing is sold, the quick way is the other FastAPI once more.
    `bcrypt` is the cost of the hash in each request, if there is one; `counted` is how many requests are sent once more
    for the CPU of each, where the load has too few. A measurement takes `least_seconds` or more.
    """

    title: str
    prepare: Callable[[Server], list[Call]]
    expected: int
    connections: tuple[int, ...] = (32, 500)
    environ: dict[str, str] = field(default_factory=dict)
    kinds: tuple[Kind, ...] = (Kind.OURS, Kind.RIGHT)
    bcrypt: int | None = None
    counted: int = 0
    least_seconds: int = 1

    @property
    def sells(self) -> bool:
        """Whether there are books to audit."""
        return Kind.QUICK in self.kinds


def make_events(server: Server, number: int, tickets: int = 1_000_000) -> list[str]:
    """Ids of new events of one organizer."""
    token = server.sign_up("organizer", "organizer")
    fields = {"description": DESCRIPTION, "date": "2099-01-01T20:00:00Z", "total_tickets": tickets}
    return [server.post(EVENTS, {"title": f"Evening {each}", **fields}, token)["id"] for each in range(number)]


def book(events: list[str], tokens: list[str]) -> list[Call]:
    """Bookings of one ticket: neighbours are for different events, by different customers."""
    number = max(len(events), len(tokens))
    return [
        Call(
            "POST",
            f"{API}/bookings",
            tokens[each % len(tokens)],
            {"event_id": events[each % len(events)], "quantity": 1},
        )
        for each in range(number)
    ]


def _hot(server: Server) -> list[Call]:
    return book(make_events(server, 1), server.sign_up_customers(CUSTOMERS))


def _spread(server: Server) -> list[Call]:
    return book(make_events(server, MANY_EVENTS), server.sign_up_customers(CUSTOMERS))


def _list(server: Server) -> list[Call]:
    make_events(server, LISTED)
    path = f"{EVENTS}?limit={LISTED}"
    if len(server.get(path).json()["items"]) != LISTED:
        raise ValueError("The list is not complete.")
    return [Call("GET", API + path)]


def _read(server: Server) -> list[Call]:
    return [Call("GET", f"{API}{EVENTS}/{event}") for event in make_events(server, 1)]


def _unchanged(server: Server) -> list[Call]:
    path = f"{EVENTS}/{make_events(server, 1)[0]}"
    return [Call("GET", API + path, headers={"If-None-Match": server.get(path).headers["ETag"]})]


def _healthz(_server: Server) -> list[Call]:
    return [Call("GET", "/healthz")]


def _login(server: Server) -> list[Call]:
    server.sign_up_customers(8)
    emails = (f"customer{each}@example.com" for each in range(8))
    return [Call("POST", f"{API}/auth/login", body={"email": email, "password": PASSWORD}) for email in emails]


def _logins(cost: int, connections: tuple[int, ...], **more) -> Scenario:
    """Logins at a cost of bcrypt; at 12 a machine answers a handful a second, and 500 connections would only queue."""
    environ = {"BCRYPT_ROUNDS": str(cost)}
    return Scenario(f"logins, bcrypt at cost {cost}", _login, 200, connections, environ, bcrypt=cost, **more)


SELLING = (Kind.OURS, Kind.RIGHT, Kind.QUICK)
SCENARIOS = {
    "hot": Scenario("bookings, one hot event", _hot, 201, kinds=SELLING),
    "spread": Scenario(f"bookings, {MANY_EVENTS} events", _spread, 201, kinds=SELLING),
    "event": Scenario("one event", _read, 200),
    "unchanged": Scenario("one event, unchanged (304)", _unchanged, 304),
    "list": Scenario(f"a list of {LISTED} events", _list, 200),
    "healthz": Scenario("`/healthz`", _healthz, 200, kinds=(Kind.OURS, Kind.RIGHT, Kind.FLOOR)),
    "login": _logins(12, (4,), counted=24, least_seconds=5),
    "login-4": _logins(4, (32, 500)),
}
