"""Rules as they are matched: the model that every language compiles to."""
