"""The network and its document: plain NumPy, no I/O beyond the registry."""
