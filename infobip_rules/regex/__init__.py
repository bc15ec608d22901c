"""Patterns that texts are matched with: in time that grows with the text and no faster, or within a limit."""
