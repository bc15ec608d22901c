"""What keeps the program from working on this machine, with these settings and this account: one result for each question."""
