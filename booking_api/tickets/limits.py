"""How often somebody may ask for what costs much, or tells whether a guess is right."""

from ..http.rate_limits import Limit

# Wrong codes alone are counted: behind one address may be all guests of a venue, looking for their tickets.
WRONG_CODE = Limit("ticket-code", address="60/minute")
PDF = Limit("ticket-pdf", pair="60/minute")
