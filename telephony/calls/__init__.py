"""Calls: what the exchange's events mean, as pure functions, and the derived tables of calls."""
