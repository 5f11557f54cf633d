"""The waiting list of an event: who is offered the tickets that come back."""
