"""Values of documents and registries, checked before they are reported."""
