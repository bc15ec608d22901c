"""Tests of the fake Infobip."""
