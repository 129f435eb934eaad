"""The error that a person is to read: one line, what is wrong and what to do.

Belongs here: the exception of this tree. Not here: how it is printed, and the states of a delivery (`ledger.py`).
"""


class ReportError(Exception):
    """Something a person must mend; the message is one line: what, where, what to do."""
