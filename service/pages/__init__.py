"""Pages: drawing, versions and reports, with their templates and static files."""
