"""gunicorn's worker: how requests arrive without a thread, what is refused, and how connections end."""
