"""Sections: each a question that a reader has of a version, answered from its document."""
