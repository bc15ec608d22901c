"""The agenda: which activation fires next."""
