"""The model document: its JSON format, strictly read, and networks of other formats."""
