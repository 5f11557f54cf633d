"""Accounts: who people are, and proving it."""
