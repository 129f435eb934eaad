"""How a run that failed reads: what is wrong and what to do, on top of its page.

Belongs here: turning our errors into Dagster's. Not here: the lines themselves, which come with the errors.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import psycopg

from operational_schema.errors import SchemaError
from orchestration.errors import WarehouseError


@contextmanager
def told() -> Iterator[None]:
    """Have a person meet one line instead of a stack trace, also where the database says it."""
    try:
        yield
    except (WarehouseError, SchemaError) as error:
        raise dg.Failure(str(error)) from error
    except psycopg.Error as error:
        line = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise dg.Failure(f"the database refused: {line}; nothing was half done") from error
