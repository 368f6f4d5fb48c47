"""The roles of a person who is signed in."""

CALLTAKER = "calltaker"
DISPATCHER = "dispatcher"
SUPERVISOR = "supervisor"
ADMIN = "admin"
EVERYONE = frozenset({CALLTAKER, DISPATCHER, SUPERVISOR, ADMIN})
