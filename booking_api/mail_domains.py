"""Domains of email addresses, in the one form that every mail server knows. Pure."""

import idna


def ascii_domain(domain: str) -> str:
    """Return the domain as A-labels (RFC 5891, after UTS 46); raises `ValueError` if it has no such form."""
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
