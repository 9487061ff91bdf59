"""Servers on the loopback interface that misbehave on purpose."""
