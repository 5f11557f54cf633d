"""Letting guests in at the door: each list of an event takes a ticket once."""
