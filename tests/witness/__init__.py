"""A second witness: metrics.md computed in plain Python from the form of a history file. Shares no code with the product."""
