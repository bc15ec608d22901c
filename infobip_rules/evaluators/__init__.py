"""Evaluators: jobs for the engine, in this process or in worker processes with limits."""
