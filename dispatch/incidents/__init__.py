"""Incidents and their hand-overs: the fold of a stream, the rules of decisions, derived tables and what is read."""
