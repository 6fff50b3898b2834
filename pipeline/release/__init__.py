"""Release: the gate, the metadata of a document, and its publication."""
