"""Callers who were lost (gave up, were cut off, stayed silent) and are to be called back."""
