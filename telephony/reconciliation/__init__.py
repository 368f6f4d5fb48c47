"""The journal held against the exchange's own records; independent of how the journal came to say what it says."""
