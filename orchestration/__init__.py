"""Dagster, the command line, and what moves rows between the two databases."""
