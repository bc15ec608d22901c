"""What commands assume where nothing is said, shared by those that must agree on it."""

from __future__ import annotations

HOST = "127.0.0.1"
PORT = 8080
#: Where `simulate` looks for the host.
DEFAULT_URL = f"http://{HOST}:{PORT}"
#: Who writes, where nobody is named; nobody's number, as the account is a fake.
PERSON = "385981234567"
ENV_FILE = ".env"
