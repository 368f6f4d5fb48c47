"""Nuisance: which numbers wait a little longer, for how long and why. Nobody is refused."""
