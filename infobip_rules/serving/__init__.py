"""Serving over HTTP: the server, and the web workers that take webhooks in processes of their own."""
