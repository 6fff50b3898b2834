"""Serving: admission, batching, and the versions that answer."""
