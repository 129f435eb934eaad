"""Finding a person in files, however they are packed, and masking them in logs.

Belongs here: one file at a time. Not here: which files an erasure looks into (`test_erasure.py`).
"""

import json
import sqlite3
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from orchestration.lifecycle import file_search

VALUES = ("zaphod@example.org", 'Züleyha "Zed" Öz', "4-12345")
SOUGHT = file_search.sought(VALUES)


def sheet(file: Path, text: str) -> None:
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_string(0, 0, text)


def columns(file: Path, text: str) -> None:
    pq.write_table(pa.table({"number": [1], "name": [text]}), file, compression="zstd")


def mail(file: Path, text: str) -> None:
    message = EmailMessage()
    message["To"] = "somebody@example.net"
    message.set_content(text + " 🌼", cte="base64")
    file.write_bytes(message.as_bytes())


def mail_with_sheet(file: Path, text: str) -> None:
    message = EmailMessage()
    message.set_content("see there")
    sheet(file, text)
    message.add_attachment(file.read_bytes(), maintype="application", subtype="octet-stream", filename="a.xlsx")
    file.write_bytes(b"To: a@example.net\n" + message.as_bytes())


def record(file: Path, text: str) -> None:
    file.write_text(json.dumps({"said": f"first\n{text}"}), encoding="utf-8")


@pytest.mark.parametrize("pack", [sheet, columns, mail, mail_with_sheet, record])
@pytest.mark.parametrize("text", ["call ZAPHOD@example.org", "a row of 4-12345, and more"])
def test_what_is_packed_is_found(tmp_path: Path, pack: object, text: str) -> None:
    file = tmp_path / "file"
    pack(file, text)  # type: ignore[operator]
    assert file_search.says(file, SOUGHT)
    pack(file, "somebody else, 4-123456, notzaphod@example.orgs")  # type: ignore[operator]
    assert not file_search.says(file, SOUGHT)


@pytest.mark.parametrize("pack", [columns, mail, record])
def test_quotes_and_letters_beyond_ascii_are_found(tmp_path: Path, pack: object) -> None:
    file = tmp_path / "file"
    pack(file, f"from {VALUES[1]}: hello")  # type: ignore[operator]
    assert file_search.says(file, SOUGHT)


def test_a_log_is_masked_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "log"
    record(file, f"{VALUES[1]} or {VALUES[0]}")
    before = file.stat()
    assert file_search.mask(file, SOUGHT)
    assert (file.stat().st_ino, file.stat().st_size) == (before.st_ino, before.st_size)
    assert json.loads(file.read_text(encoding="utf-8"))["said"].endswith("or xxxxxx@xxxxxxx.xxx")
    assert not file_search.mask(file, SOUGHT)


def test_a_database_that_is_in_use_is_masked(tmp_path: Path) -> None:
    """What is in its log of changes only is found, too."""
    file = tmp_path / "runs.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("create table told (text text, blob blob, number real)")
        database.execute("insert into told values (?, ?, 1.5)", (f"no room for {VALUES[0]}", VALUES[2].encode()))
        database.commit()
        assert file_search.mask(file, SOUGHT)
        assert database.execute("select * from told").fetchall() == [
            ("no room for xxxxxx@xxxxxxx.xxx", b"9-99999", 1.5)
        ]
    assert not any(file_search.says(each, SOUGHT) for each in tmp_path.iterdir())


def test_what_goes_on_in_another_page_of_a_database_is_masked(tmp_path: Path) -> None:
    """A long value lies in several: the proof, which reads rows, found in each run what was masked in none."""
    halves = []
    for before in range(700, 760, 6):
        file = tmp_path / f"{before}.db"
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("create table told (text text)")
            database.execute("insert into told values (?)", ("." * before + VALUES[0] + "." * (13_000 - before),))
        halves.append(VALUES[0].encode() not in file.read_bytes())
        assert file_search.mask(file, SOUGHT)
        assert not file_search.says(file, SOUGHT)
    assert any(halves)
