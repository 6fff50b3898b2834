"""HTTP: bodies, queries, paths and headers of requests."""
