"""The shapes of the FastAPI rival: what comes in, and what goes out."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

Id = Annotated[str, BeforeValidator(str), Field(pattern="^[0-9a-f]{24}$")]


class Document(BaseModel):
    """What MongoDB keeps under `_id` and we show as `id`."""

    id: Id = Field(validation_alias="_id")


class Person(Document):
    """An organizer as an event shows them."""

    name: str


class User(Document):
    """An account as its owner sees it."""

    name: str
    email: str
    role: str
    created_at: datetime


class Registration(BaseModel):
    """What makes an account."""

    name: str = Field(min_length=1, max_length=100)
    email: str = Field(max_length=254, pattern="@")
    password: str = Field(min_length=8, max_length=72)
    role: Literal["organizer", "customer"]


class Login(BaseModel):
    """What opens a session."""

    email: str
    password: str = Field(max_length=72)


class NewEvent(BaseModel):
    """What makes an event."""

    title: str = Field(min_length=1, max_length=200)
    description: str = Field(max_length=10_000)
    date: AwareDatetime
    total_tickets: int = Field(ge=1, le=1_000_000)


class Event(Document):
    """An event as everybody sees it."""

    title: str
    description: str
    date: datetime
    end_date: datetime | None
    venue: str | None
    timezone: str
    status: str
    currency: str
    total_tickets: int
    available_tickets: int
    max_per_booking: int
    max_per_customer: int | None
    ticket_types: list[dict]
    organizer: Person
    created_at: datetime
    updated_at: datetime


class EventList(BaseModel):
    """A page of events."""

    items: list[Event]
    next_cursor: str | None = None


class Session(BaseModel):
    """What a login answers."""

    access_token: str
    token_type: str = "Bearer"
    expires_in: int = 900
    user: User


class Booking(Document):
    """A booking as its customer sees it."""

    event_id: Id
    event: dict
    quantity: int
    items: list[dict]
    status: str
    amount: int
    currency: str
    tickets: list[dict]
    confirmation: dict
    hold_expires_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime


class Order(BaseModel):
    """What makes a booking."""

    event_id: Id
    quantity: int = Field(ge=1, le=10)
