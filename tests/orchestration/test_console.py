"""What the terminal shows: one line for whatever went wrong, numbers that can be read."""

import errno
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import typer

from operational_schema.errors import SchemaError
from orchestration import console
from orchestration.errors import WarehouseError
from reports.errors import ReportError


def raising(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (SchemaError("no such zone"), 1, "romashka: no such zone"),
        (WarehouseError("two\nlines"), 1, "romashka: two lines"),
        (ReportError("bad cron"), 1, "romashka: bad cron"),
        (KeyboardInterrupt(), 130, "romashka: interrupted; what had not been finished was not written"),
        (psycopg.OperationalError("server closed\nmore"), 1, "romashka: the database refused: server closed"),
        (OSError(errno.ENOSPC, "No space left", "file"), 1, "romashka: no room left on the disk (file)"),
        (PermissionError(errno.EACCES, "Permission denied", "file"), 1, "romashka: Permission denied (file)"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, error: BaseException, code: int, line: str
) -> None:
    assert console.run(raising(error), log_folder=lambda: tmp_path) == code
    said = capsys.readouterr().err
    assert said.startswith(line)
    assert said.count("\n") == 1


def test_the_unexpected_keeps_its_traceback_in_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert console.run(raising(ZeroDivisionError("oh")), log_folder=lambda: tmp_path) == 1
    (kept,) = tmp_path.iterdir()
    assert str(kept) in capsys.readouterr().err
    assert "Traceback" in kept.read_text()


def test_success_and_a_wanted_exit_code_pass(tmp_path: Path) -> None:
    assert console.run(lambda: None, log_folder=lambda: tmp_path) == 0
    assert console.run(raising(typer.Exit(2)), log_folder=lambda: tmp_path) == 2


def test_tables_show_numbers_with_separators_and_never_break_cells_in_a_pipe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.table("Title", ("name", "rows"), [("x" * 90, 1_234_567)])
    said = capsys.readouterr().out
    assert "x" * 90 in said
    assert "1,234,567" in said


def test_no_bar_is_drawn_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("working", total=2) as advance:
        advance(1)
    assert capsys.readouterr() == ("", "")
