"""Work that can wait: the outbox (durable), the runner (fast), and its sweep (the safety net)."""
