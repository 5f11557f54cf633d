"""How often somebody may do what sends mail to addresses that they choose."""

from ..http.rate_limits import Limit

TRANSFER = Limit("ticket-transfer", subject="10/day")
