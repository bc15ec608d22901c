"""The syntax of DRL: parsed, printed, and its mistakes."""
