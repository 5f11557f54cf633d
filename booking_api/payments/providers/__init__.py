"""Who takes the money: the port, and what is behind it."""
