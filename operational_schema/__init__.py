"""The operational database: migrations, functions, and what loads it. Knows nothing of the warehouse or the reports."""
