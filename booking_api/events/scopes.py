"""What API keys can be given. Each route that a key may open names one of these; no other route opens to any key."""

from ..auth.api_keys import Scope

EVENTS_READ = Scope("events:read", "Read the organizer's events, drafts too.")
EVENTS_WRITE = Scope("events:write", "Create, edit, publish and cancel events, manage promo codes, write to guests.")
BOOKINGS_READ = Scope("bookings:read", "Read bookings, the waiting list, attendees, numbers, changes and history.")
BOOKINGS_WRITE = Scope("bookings:write", "Cancel bookings, and send their confirmations again.")
CHECK_INS = Scope("check-ins", "Let people in at the door.")
WEBHOOKS = Scope("webhooks", "Manage webhooks.")
SCOPES = (EVENTS_READ, EVENTS_WRITE, BOOKINGS_READ, BOOKINGS_WRITE, CHECK_INS, WEBHOOKS)
