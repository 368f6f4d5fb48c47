"""One screen a role, and the sign-in before them."""
