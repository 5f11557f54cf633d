"""Webhooks: receivers of an organizer, which are told every change of their events that they ask for."""
