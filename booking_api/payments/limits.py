"""How often somebody may begin to pay: each time asks the provider."""

from ..http.rate_limits import Limit

PAY = Limit("payments", subject="60/minute")
