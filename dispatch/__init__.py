"""Incidents and hand-overs: rules, places and areas, agencies, recommendation."""
