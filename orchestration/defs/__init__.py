"""Dagster wiring only: every decision is made in the rooms that these modules call."""
