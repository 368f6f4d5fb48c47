"""Measurements, not tests: ``./run bench`` prints a table with medians and the machine; nothing fails by a time."""
