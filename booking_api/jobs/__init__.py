"""Work that can wait: the outbox keeps the jobs, the runner does them, and its sweep finds those left behind."""
