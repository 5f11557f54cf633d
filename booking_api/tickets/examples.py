"""What the documentation shows of tickets: the beginnings of their files."""

PAGE = "<!doctype html> and so on: a page with the ticket, for a phone or a printer."
GIVEN_AWAY = "<!doctype html> and so on: a page that says that the ticket was given to somebody else."
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 41 41" width="410" height="410"> and so on: the QR code.'
PNG = "\x89PNG\r\n\x1a\n and so on: the QR code, one bit for each pixel."
PDF = "%PDF-1.4 and so on: a page for each ticket."
