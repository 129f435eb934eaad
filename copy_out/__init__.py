"""Rows on their way out of PostgreSQL, many at a time.

Belongs here: hearing what `COPY … TO STDOUT` says. Not here: what it means, which rows, and where they go.
"""
