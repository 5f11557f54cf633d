"""What the service says of itself: its name, its version, and the introduction to its documentation."""

from pathlib import Path

from .openapi.document import Info

INFO = Info(
    title="Event Booking API",
    version="1.0.0",
    description=(Path(__file__).parent / "introduction.md").read_text(),
)
