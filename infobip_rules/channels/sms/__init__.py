"""SMS, the first channel: its commands, content, requests, outcomes, look-ups, inbound bodies, and parts."""
