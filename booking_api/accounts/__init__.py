"""Accounts: registration, login, sessions and verified emails."""
