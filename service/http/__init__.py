"""HTTP: connections, the queue that their requests wait in, and the worker that answers them."""
