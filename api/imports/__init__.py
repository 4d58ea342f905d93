"""Lists that come in as files: read, understood, and turned into contacts row by row."""
