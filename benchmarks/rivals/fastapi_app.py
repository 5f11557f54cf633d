"""The same bookings in FastAPI and PyMongo's async client: as small as correct allows.

Done as their manuals say: response models, a pool of the default size, transactions by the driver's own retry loop,
one at a time for each event and process. It has no holds, ticket types, idempotency keys, sessions that end, durable
mails or limits. uvicorn runs it with uvloop and httptools, a process for every core.
"""

import asyncio
import os
import secrets
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated
from weakref import WeakValueDictionary

import bcrypt
import jwt
from bson import ObjectId
from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pymongo import AsyncMongoClient
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern
from starlette.datastructures import State

from .fastapi_schemas import Booking, Event, EventList, Login, NewEvent, Order, Registration, Session, User

SECRET = os.environ["JWT_SECRET_KEY"]
ROUNDS = int(os.environ.get("BCRYPT_ROUNDS", "12"))


class Problem(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, code: str, **more):
        self.status = status
        self.body = {"type": f"/problems/{code}", "title": code, "status": status, "detail": code, "code": code} | more


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Connect after the fork, and make the indexes."""
    client = AsyncMongoClient(
        os.environ["MONGODB_URI"], tz_aware=True, w="majority", journal=True, readConcernLevel="majority"
    )
    app.state.turns = WeakValueDictionary()
    app.state.client, app.state.db = client, client["booking"]
    await app.state.db.users.create_index("email", unique=True)
    await app.state.db.events.create_index([("status", 1), ("date", 1), ("_id", 1)])
    await app.state.db.bookings.create_index([("customer_id", 1), ("created_at", 1)])
    await app.state.db.bookings.create_index([("event_id", 1), ("created_at", 1)])
    yield
    await client.close()


app = FastAPI(lifespan=lifespan)


@app.exception_handler(Problem)
async def answer_problem(_request: Request, problem: Problem) -> JSONResponse:
    """A problem document."""
    return JSONResponse(problem.body, problem.status, media_type="application/problem+json")


def only(role: str):
    """A dependency: the claims of a valid token of this role."""

    async def claims(authorization: Annotated[str, Header()] = "") -> dict:
        kind, _, token = authorization.partition(" ")
        try:
            claims = jwt.decode(token if kind == "Bearer" else "", SECRET, ["HS256"], {"require": ["exp"]})
        except jwt.InvalidTokenError:
            raise Problem(401, "unauthorized") from None
        if claims["role"] != role:
            raise Problem(403, "forbidden")
        return claims

    return claims


@app.get("/healthz")
async def alive() -> dict:
    """Whether the process runs."""
    return {"status": "ok"}


@app.get("/readyz")
async def ready(request: Request) -> dict:
    """Whether MongoDB answers."""
    await request.app.state.client.admin.command("ping")
    return {"status": "ok"}


@app.post("/api/v1/auth/register", status_code=201)
async def register(new: Registration, request: Request) -> User:
    """Open an account."""
    password = await asyncio.to_thread(bcrypt.hashpw, new.password.encode(), bcrypt.gensalt(ROUNDS))
    user = {"name": new.name, "email": new.email.lower(), "password": password, "role": new.role}
    user["created_at"] = datetime.now(UTC)
    try:
        await request.app.state.db.users.insert_one(user)
    except DuplicateKeyError:
        raise Problem(409, "email_taken") from None
    return user


@app.post("/api/v1/auth/login")
async def log_in(login: Login, request: Request) -> Session:
    """Open a session."""
    user = await request.app.state.db.users.find_one({"email": login.email.lower()})
    if not user or not await asyncio.to_thread(bcrypt.checkpw, login.password.encode(), user["password"]):
        raise Problem(401, "invalid_credentials")
    claims = {"sub": str(user["_id"]), "role": user["role"], "name": user["name"], "email": user["email"]}
    token = jwt.encode(claims | {"exp": datetime.now(UTC) + timedelta(seconds=900)}, SECRET, "HS256")
    return {"access_token": token, "user": user}


@app.post("/api/v1/events", status_code=201)
async def create_event(
    new: NewEvent, request: Request, response: Response, user: Annotated[dict, Depends(only("organizer"))]
) -> Event:
    """Make an event."""
    now = datetime.now(UTC)
    if new.date <= now:
        raise Problem(422, "invalid", errors={"date": ["Must be in the future."]})
    event = new.model_dump() | {"available_tickets": new.total_tickets, "end_date": None, "venue": None}
    event |= {"timezone": "UTC", "status": "published", "currency": "USD", "max_per_booking": 10}
    event |= {"max_per_customer": None, "ticket_types": [], "version": 1, "created_at": now, "updated_at": now}
    event["organizer"] = {"_id": ObjectId(user["sub"]), "name": user["name"]}
    await request.app.state.db.events.insert_one(event)
    response.headers["Location"] = f"/api/v1/events/{event['_id']}"
    return event


@app.get("/api/v1/events")
async def list_events(request: Request, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> EventList:
    """Published events, soonest first."""
    upcoming = {"status": "published", "date": {"$gte": datetime.now(UTC)}}
    cursor = request.app.state.db.events.find(upcoming).sort([("date", 1), ("_id", 1)]).limit(limit)
    return {"items": await cursor.to_list()}


@app.get("/api/v1/events/{event_id}")
async def get_event(
    event_id: str, request: Request, response: Response, if_none_match: Annotated[str | None, Header()] = None
) -> Event:
    """One event, or 304."""
    event = ObjectId.is_valid(event_id) and await request.app.state.db.events.find_one({"_id": ObjectId(event_id)})
    if not event:
        raise Problem(404, "event_not_found")
    etag = f'"{event["version"]}"'
    if if_none_match == etag:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return event


@app.post("/api/v1/bookings", status_code=201)
async def book(
    order: Order, request: Request, response: Response, user: Annotated[dict, Depends(only("customer"))]
) -> Booking:
    """Book tickets."""
    booking = await request.app.state.sell(request.app.state, order, user["sub"])
    response.headers["Location"] = f"/api/v1/bookings/{booking['_id']}"
    print(f"Booking confirmation email sent to {user['email']}", flush=True)
    return booking


async def sell_in_a_transaction(state: State, order: Order, customer_id: str) -> dict:
    """Sell all of it in one transaction, which the driver runs again after a conflict."""

    async def attempt(session) -> dict:
        return await sell(state.db, order, customer_id, session)

    # Bookings of one event take turns in each process: without it they only make each other start again.
    turn = state.turns.setdefault(order.event_id, asyncio.Lock())
    async with turn, state.client.start_session() as session:
        return await session.with_transaction(
            attempt, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority", j=True)
        )


app.state.sell = sell_in_a_transaction


async def sell(db, order: Order, customer_id: str, session=None) -> dict:
    """Take tickets from the stock, if there are enough, and then insert the booking."""
    now = datetime.now(UTC)
    open_ = {"_id": ObjectId(order.event_id), "status": "published", "date": {"$gt": now}}
    enough = open_ | {"available_tickets": {"$gte": order.quantity}}
    change = {"$inc": {"available_tickets": -order.quantity, "version": 1}}
    event = await db.events.find_one_and_update(enough, change, session=session)
    if event is None:
        left = await db.events.find_one(open_, session=session)
        if left is None:
            raise Problem(404, "event_not_found")
        raise Problem(409, "sold_out", available_tickets=left["available_tickets"])
    booking = new_booking(event, customer_id, order.quantity, now)
    await db.bookings.insert_one(booking, session=session)
    return booking


def new_booking(event: dict, customer_id: str, quantity: int, now: datetime) -> dict:
    """A confirmed booking with its tickets."""
    return {
        "event_id": event["_id"],
        "customer_id": ObjectId(customer_id),
        "event": {name: event[name] for name in ("title", "date", "venue")},
        "quantity": quantity,
        "items": [{"ticket_type_id": None, "name": None, "quantity": quantity, "price": 0}],
        "status": "confirmed",
        "amount": 0,
        "currency": event["currency"],
        "tickets": [
            {"id": str(ObjectId()), "code": secrets.token_urlsafe(16), "ticket_type": None, "status": "valid"}
            | {"checked_in_at": None}
            for _ in range(quantity)
        ],
        "confirmation": {"status": "pending", "sent_at": None},
        "hold_expires_at": None,
        "cancelled_at": None,
        "created_at": now,
    }
