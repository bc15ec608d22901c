"""Java's values as DRL sees them."""
