"""How often somebody may do what sends mail to addresses that they choose, or tells whether a guess is right."""

from ..http.rate_limits import Limit

TRANSFER = Limit("ticket-transfer", subject="10/day")
# Wrong codes alone are counted. An address has many people behind it, but nobody gets around theirs by new accounts.
WRONG_CODES = (
    Limit("promo-code", address="1000/hour", subject="10/minute"),
    Limit("promo-code-day", subject="100/day"),
)
