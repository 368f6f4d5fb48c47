"""What people meet: the screens, the command line, and the composition root that wires and supervises."""
