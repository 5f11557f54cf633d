"""HTTP, one concern per file: arguments, answers, pages, keys, limits, problems."""
