"""How the command line speaks: tables, progress, and one line for an error.

Belongs here: everything that writes to the terminal. Not here: what commands do (`cli.py`).
"""

import errno
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from typer.exceptions import TyperException

from operational_schema.errors import SchemaError
from orchestration.errors import WarehouseError
from reports.errors import ReportError

INTERRUPTED = 130
WRONG_USE = 2
NARROWEST = 160

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print one line of result."""
    out.print(text, markup=False)


def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under headings; numbers to the right."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for position, heading in enumerate(headings):
        numeric = bool(rows) and all(isinstance(row[position], int | float) for row in rows)
        shown.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*[_cell(value) for value in row])
    # A pipe has no width: cells are never broken there.
    if out.is_terminal:
        out.print(shown)
    else:
        Console(width=NARROWEST, highlight=False).print(shown)


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else ("yes" if value else "no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return str(value)


@contextmanager
def progress(what: str, *, total: int | None = None) -> Iterator[Callable[..., None]]:
    """A bar on a terminal, nothing elsewhere. Yields `advance(steps=1, what=…, total=…)`."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=total)

        def advance(steps: int = 1, *, what: str | None = None, total: int | None = None) -> None:
            bar.update(task, advance=steps, description=what, total=total)

        yield advance


def run(command: Callable[[], object], *, log_folder: Callable[[], Path]) -> int:
    """Run a command and return its exit code; whatever it raises becomes one line on standard error."""
    try:
        result: object = command()
    except typer.Exit as stopped:
        return stopped.exit_code
    except (typer.Abort, KeyboardInterrupt):
        result = INTERRUPTED
    except TyperException as error:
        return _complain(error.format_message(), code=WRONG_USE)
    except (SchemaError, WarehouseError, ReportError) as error:
        return _complain(str(error))
    except psycopg.Error as error:
        return _complain(f"the database refused: {_first_line(error)}")
    except OSError as error:
        return _complain(_about_files(error))
    except (
        Exception
    ) as error:  # the last net: a traceback helps nobody at a terminal, and is kept for whoever mends this
        kept = _keep_traceback(log_folder())
        return _complain(f"unexpected {type(error).__name__}: {_first_line(error)}; please report it with {kept}")
    if result == INTERRUPTED:  # also where Typer has made an exit code of Ctrl-C, without a word
        return _complain("interrupted; what had not been finished was not written", code=INTERRUPTED)
    return result if isinstance(result, int) else 0


def _complain(line: str, *, code: int = 1) -> int:
    err.print(f"romashka: {' '.join(line.split())}", markup=False)
    return code


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _about_files(error: OSError) -> str:
    place = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return (
            f"no room left on the disk{place}: free some, or set ROMASHKA_HOME elsewhere; nothing half-written was kept"
        )
    return f"{error.strerror or error}{place}"


def _keep_traceback(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S}.txt"
    file.write_text("".join(traceback.format_exception(*sys.exc_info())), encoding="utf-8")
    return file
