"""Attempts at both databases: a lost or silent connection is tried again, and what fails in the end is told in one line.

Belongs here: how often, and the words. Not here: what is attempted, which must be harmless to do twice; and how silence is
noticed (`sessions.py`).
"""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

from orchestration.errors import WarehouseError
from orchestration.extraction.sessions import SILENT_SECONDS, Watch, watched

WAITS = (1.0, 5.0)
Result = TypeVar("Result")


def persist(
    attempt: Callable[[Watch], Result], *, waits: tuple[float, ...] = WAITS, silent_seconds: float = SILENT_SECONDS
) -> Result:
    """Do it, and again after each of `waits` while connections get lost; the attempt has its connections watched.

    Raises WarehouseError for what psycopg says in the end.
    """
    for wait in (*waits, None):
        try:
            with watched(seconds=silent_seconds) as watch:
                return attempt(watch)
        except psycopg.OperationalError as error:
            if wait is None:
                raise WarehouseError(
                    f"the extract was cut off: {_first_line(error)}; nothing was half landed"
                ) from error
            time.sleep(wait)
        except psycopg.Error as error:
            raise WarehouseError(f"the extract failed: {_first_line(error)}; nothing was half landed") from error
    raise AssertionError("the last attempt returns or raises")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
