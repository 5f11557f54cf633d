"""API keys of organizers, for their devices and servers."""
