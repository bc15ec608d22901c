"""The overview: what was sent, what became of it, which rules fired, what waits; as a page and as metrics."""
