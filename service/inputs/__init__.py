"""Inputs: JSON, tables and tensors of requests, decoded into arrays."""
