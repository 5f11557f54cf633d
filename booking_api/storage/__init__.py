"""The Mongo client and transactions, indexes, the check before start, and the embedded server for development."""
