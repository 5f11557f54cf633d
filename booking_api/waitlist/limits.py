"""How often somebody may join waiting lists: each time leaves an entry, and sends a mail."""

from ..http.rate_limits import Limit

JOIN = Limit("waitlist-join", subject="100/day")
