"""Units of agencies: which there are, what each is doing, and which may be sent."""
