"""Operational routes: what an operator, a platform or a curious browser asks the service about itself."""
