"""The training PBX: an exchange that speaks AMI over TCP and plays 112 traffic from stories, for demo and training.

It is no Asterisk and proves nothing about one: what it says is held to recordings of a real one by a test, and the
tests that matter run against the real one.
"""
