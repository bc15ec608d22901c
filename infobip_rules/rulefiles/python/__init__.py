"""Rules in Python, in the language of durable.lang."""
