"""The bridge: a process between one exchange and the journal."""
