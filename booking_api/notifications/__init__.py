"""Messages to people: what is said, and the jobs that say it."""
