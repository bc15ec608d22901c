"""Bodies of DRL rules, interpreted."""
