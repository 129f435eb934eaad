"""The error that a person is to read: one line, what is wrong and what to do.

Belongs here: the exception of this tree. Not here: the errors of `operational_schema` and `reports`, which have
their own, and what the command line prints of any of them (`cli.py`).
"""


class WarehouseError(Exception):
    """Something a person must mend; the message is one line: what, where, what to do."""
