"""The checks of `doctor`: machine, settings, account, journal and webhooks, a result for each."""
