"""The agenda: the activation that fires next."""
