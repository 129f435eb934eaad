"""Marts to their readers, in one transaction: plain Python, never imports Dagster."""
