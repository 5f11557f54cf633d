"""Webhooks: what happens to events, told to the programs of organizers."""
