"""The change feed of an event, for who follows it from outside."""
