"""The overview: messages and their outcomes, firings of rules, what waits; as a page and as metrics."""
