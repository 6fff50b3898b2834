"""gunicorn's gevent worker: its listener, load balancing, signals and memory."""
