"""A project to begin with: rules, tests, and what it takes to run them for real."""
