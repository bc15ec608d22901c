"""From what the grammar finds to the syntax tree, a module for each part of the language."""
