"""Scheduled reports: from the marts to the mailbox. Knows neither Dagster nor dbt."""
