"""The Asterisk that a centre installs: its configuration as documented templates, and the names that we rely on."""
