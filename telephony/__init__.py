"""Asterisk: the AMI link, calls as entries, call control, the bridge, the configuration that a centre installs."""
