"""How often somebody may begin to pay: each time asks the provider."""

from ..http.rate_limits import Limit

# The provider limits how often this service asks, so nobody may use that up from one place with many accounts.
PAY = Limit("payments", address="600/minute", subject="60/minute")
