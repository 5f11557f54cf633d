"""Bookings: tickets sold, each exactly once."""
