"""Who is calling, and who may call."""
