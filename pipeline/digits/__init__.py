"""The digits that come with the project."""
