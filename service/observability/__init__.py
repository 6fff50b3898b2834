"""Observability: metrics, the access log and logs in JSON."""
