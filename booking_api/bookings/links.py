"""Where people see their tickets."""


class TicketLinks:
    """Makes the addresses of tickets, which their QR codes have too; `site` is where people reach the service."""

    def __init__(self, site: str):
        self._beginning = f"{site}/t/"

    def of(self, code: str) -> str:
        """Return the address of the ticket with this code."""
        return self._beginning + code
