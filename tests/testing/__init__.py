"""Tests of what people test their rules with."""
