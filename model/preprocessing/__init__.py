"""Preprocessing: how a picture becomes an input of a network."""
