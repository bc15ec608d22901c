"""Checks of rules without running them: findings, each with an id, a place, a reason and a remedy."""
