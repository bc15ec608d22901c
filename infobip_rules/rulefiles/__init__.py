"""Rule files: found, loaded, and compiled from Python or Drools' language."""
