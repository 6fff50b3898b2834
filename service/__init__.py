"""From a request to an answer. Flask lives here and nowhere else."""

import os

# Before NumPy is imported, whichever way the service is started: its workers are the parallelism, and threads
# of BLAS in each of them would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
