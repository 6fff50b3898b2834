"""The event loop: its turns, time-outs, connections, and what is not to run in it."""
