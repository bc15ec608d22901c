"""Channels: the ways to people that messages come and go by; each is one object, found in a registry."""
