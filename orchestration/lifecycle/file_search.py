"""Whether a file says one of some values, however it is packed.

Belongs here: finding and masking bytes in files. Not here: which files (`erasure_files.py`, `erasure_proof.py`).
"""

import io
import json
import mmap
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PACKED = re.compile(rb"PK\x03\x04|PAR1|[A-Za-z-]+: ")
ZIP, PARQUET = b"PK\x03\x04", b"PAR1"
SQLITE = b"SQLite format 3\0"
BESIDE_SQLITE = ("-wal", "-shm", "-journal")
WAIT_SECONDS = 30.0


def pattern(values: Iterable[str]) -> re.Pattern[bytes]:
    """Any of the values, in any case, as text, or as JSON has it; what app.naming_pattern finds in rows."""
    forms = {
        form.encode()
        for value in values
        for cased in (value, value.lower(), value.upper())
        for form in (cased, json.dumps(cased)[1:-1], json.dumps(cased, ensure_ascii=False)[1:-1])
    }
    return re.compile(b"|".join(_by_itself(form) for form in sorted(forms, key=len, reverse=True)), re.IGNORECASE)


def _by_itself(form: bytes) -> bytes:
    """Not as a part of a longer word or number; what stands before may be an escape of JSON."""
    before = rb"(?:(?<![0-9A-Za-z])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))" if form[:1].isalnum() else b""
    return before + re.escape(form) + (rb"(?![0-9A-Za-z])" if form[-1:].isalnum() else b"")


def says(file: Path, sought: re.Pattern[bytes]) -> bool:
    """Whether one of them is in the file: in its bytes, in what is packed in it, or, of a mail, in a part of it.

    The glyphs of a PDF are no text: of a rendered report the words of the mail beside it speak.
    """
    if file.stat().st_size == 0:
        return False
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as said:
        if sought.search(said):
            return True
        return PACKED.match(said) is not None and any(sought.search(text) for text in _unpacked(said[:]))


def mask(file: Path, sought: re.Pattern[bytes]) -> bool:
    """Mask what is found, letters as x and digits as 9, in its place: whoever writes on in the file has not lost it.

    Returns whether anything was. Of a database of SQLite what is beside it is looked into, too.
    """
    if file.name.endswith(BESIDE_SQLITE):
        return False
    with file.open("rb") as opened:
        is_database = opened.read(len(SQLITE)) == SQLITE
    if is_database:
        files = [file, *(beside for end in BESIDE_SQLITE if (beside := file.with_name(file.name + end)).exists())]
        found = any(says(each, sought) for each in files)
        if found:
            _mask_database(file, sought)
        return found
    if not says(file, sought):
        return False
    with file.open("r+b") as writable, mmap.mmap(writable.fileno(), 0) as said:
        for place in list(sought.finditer(said)):
            said[place.start() : place.end()] = _masked(place[0])
    return True


def _masked(said: bytes) -> bytes:
    """As long as it was; what JSON escapes goes whole, for half an escape is none."""
    escapes = re.sub(rb"\\u[0-9a-fA-F]{4}", b"xxxxxx", said)
    return re.sub(rb"[A-Za-z\x80-\xff]", b"x", re.sub(rb"[0-9]", b"9", escapes))


def _mask_database(file: Path, sought: re.Pattern[bytes]) -> None:
    """Of SQLite, row by row; its file is written anew, because it keeps what was deleted."""

    def masked(value: str | bytes | int | float | None) -> str | bytes | int | float | None:
        if isinstance(value, str):
            return sought.sub(lambda found: _masked(found[0]), value.encode()).decode()
        if isinstance(value, bytes):
            return sought.sub(lambda found: _masked(found[0]), value)
        return value

    with closing(sqlite3.connect(file, timeout=WAIT_SECONDS, isolation_level=None)) as database:
        database.create_function("masked", 1, masked, deterministic=True)
        tables = database.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        for (table,) in tables.fetchall():
            for _, column, *_ in database.execute(f'pragma table_info("{table}")').fetchall():
                # Names of the catalogue, quoted.
                change = (
                    f'update "{table}" set "{column}" = masked("{column}") where masked("{column}") is not "{column}"'  # noqa: S608
                )
                database.execute(change)
        database.execute("vacuum")
        database.execute("pragma wal_checkpoint(truncate)")


def _unpacked(said: bytes) -> Iterator[bytes]:
    if said.startswith(ZIP):
        with zipfile.ZipFile(io.BytesIO(said)) as packed:
            yield from (packed.read(member) for member in packed.infolist())
    elif said.startswith(PARQUET):
        yield from _columns(said)
    else:
        yield from _parts(said)


def _columns(said: bytes) -> Iterator[bytes]:
    parquet = pq.ParquetFile(io.BytesIO(said))
    texts = [field.name for field in parquet.schema_arrow if pa.types.is_string(field.type)]
    for batch in parquet.iter_batches(columns=texts):
        for column in batch.columns:
            yield "\n".join(value for value in column.unique().to_pylist() if value is not None).encode()


def _parts(said: bytes) -> Iterator[bytes]:
    """Of a mail the headers, and each part as it was before it was wrapped up."""
    message = message_from_bytes(said, policy=policy.default)
    yield "\n".join(str(value) for value in message.values()).encode()
    for part in message.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield content
            if content.startswith((ZIP, PARQUET)):
                yield from _unpacked(content)
