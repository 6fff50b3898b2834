"""The registry: immutable versions, aliases, the audit log and the files that hold them."""
