"""Data: the sources that a data set can be had from."""
