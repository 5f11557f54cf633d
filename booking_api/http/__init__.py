"""HTTP, one concern a file: arguments, answers, pages, keys, limits, problems."""
