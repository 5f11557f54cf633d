"""Operational routes: the state of the service, for operators, platforms and browsers."""
