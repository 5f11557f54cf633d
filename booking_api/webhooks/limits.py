"""How often an organizer may ask for what makes us look up names and call others."""

from ..http.rate_limits import Limit

SAVE = Limit("webhooks", subject="120/hour")
SEND = Limit("webhook-deliveries", subject="600/hour")
