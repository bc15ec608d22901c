"""Infobip's HTTP API, whatever the channel: its client, envelopes, errors, statuses, phone numbers and signatures."""
