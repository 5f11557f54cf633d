"""Payments: what customers pay for their bookings, and what goes back to them."""
