"""The network and its document: plain NumPy, no I/O beyond the registry."""

VERSION = "0.1.0"  # of Numeral
