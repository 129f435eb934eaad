"""What becomes of rows in time, and of a person who asks to be forgotten: plain Python, never imports Dagster."""
