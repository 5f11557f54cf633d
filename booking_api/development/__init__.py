"""For development only: the embedded MongoDB and the demo data."""
