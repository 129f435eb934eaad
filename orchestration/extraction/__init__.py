"""Operational rows to `raw`: plain Python, never imports Dagster."""
