"""From the syntax tree to the rule model, a module for each step."""
