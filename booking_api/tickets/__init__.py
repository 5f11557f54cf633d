"""Tickets as people show them at the door: a page, a QR code and a PDF."""
