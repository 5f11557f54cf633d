"""Background jobs: the outbox stores them, the runner runs them, and its sweep finds those that are left over."""
