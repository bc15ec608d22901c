"""The journal in a SQLite file, or in memory."""
