"""Prefect's server: as a command, for a single run, and its API."""
