"""From raw rows to published marts: the compiled models, run in one transaction."""
