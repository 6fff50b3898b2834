"""From a request to an answer. Flask lives here and nowhere else."""
