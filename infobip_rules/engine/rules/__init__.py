"""The rule model: rules and their terms, as every language compiles them."""
