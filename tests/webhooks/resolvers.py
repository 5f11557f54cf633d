"""Resolvers of the tests' own, and what is checked with them."""

from booking_api.webhooks.targets import Targets

PUBLIC = "93.184.215.14"


def resolver(*addresses):
    """A resolver that has these addresses for every name."""
    return lambda _host, _port: list(addresses)


here = resolver("127.0.0.1")


def targets(*addresses, allow_private=False):
    """Targets of a world in which every name has these addresses, or a public one."""
    return Targets(allow_private, resolver(*(addresses or [PUBLIC])))
