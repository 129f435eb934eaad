"""Groups of the `romashka` command, one noun per file."""
