"""The journal: all that must survive, in one file, written in groups; it knows no rules and no HTTP."""
