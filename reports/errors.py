"""The errors that a person is to read: one line, what is wrong and what to do.

Belongs here: the exceptions of this tree. Not here: how they are printed, and the states of a delivery (`ledger.py`).
"""

LONGEST = 500


class ReportError(Exception):
    """Something a person must mend; the message is one line: what, where, what to do."""


class NotCoveredError(ReportError):
    """The data do not reach the end of the period yet: to be tried again after the next refresh."""


class AnotherContentError(ReportError):
    """Some have a slot, and the rest would get another one: nobody is to read two reports of one slot."""


class RunStoppedError(ReportError):
    """No fault of any report: the mail server's settings, or the disk. Nothing can leave until it is mended."""


def in_words(error: Exception) -> str:
    """What a person reads of an error, in one line; one that nobody foresaw says its kind."""
    said = " ".join(str(error).split())[:LONGEST]
    return said if isinstance(error, ReportError) else f"{type(error).__name__}: {said}"
