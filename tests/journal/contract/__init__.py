"""What every journal promises, tested through its face only: records in, records out."""
