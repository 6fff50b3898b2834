"""API documentation: the OpenAPI document and the page made from it."""
