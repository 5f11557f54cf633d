"""Which problems each view may answer with."""

from ..errors import Problem
from ..events.rules import EventNotFound, NotYourEvent
from .rules import DeliveryNotFound, TooManyWebhooks, WebhookDisabled, WebhookNotFound
from .targets import TargetRefused

TARGET: tuple[type[Problem], ...] = (TargetRefused,)
CREATE: tuple[type[Problem], ...] = (TooManyWebhooks, EventNotFound, NotYourEvent, *TARGET)
READ: tuple[type[Problem], ...] = (WebhookNotFound,)
UPDATE = (*READ, *TARGET)
SEND = (*READ, WebhookDisabled)
REPLAY = (*SEND, DeliveryNotFound)
