"""Rows on their way out of PostgreSQL, many at a time.

Belongs here: hearing what `COPY … TO STDOUT` says, and what its binary form means. Not here: which rows, and where they go.
"""
