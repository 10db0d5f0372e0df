"""One file per page: what is on it, in what order."""
