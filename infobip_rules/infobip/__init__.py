"""Infobip's SMS HTTP API: requests, answers, statuses, numbers and parts; knows no rules, and alone imports httpx."""
