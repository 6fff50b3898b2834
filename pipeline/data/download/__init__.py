"""Downloads: files from mirrors, resumed, retried and verified."""
