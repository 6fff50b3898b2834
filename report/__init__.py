"""The report: what is known of a version, as pictures and tables, for the service and the pipeline."""
