"""Whether a file says one of some values, however it is packed.

Belongs here: finding and masking bytes in files. Not here: which files (`erasure_files.py`, `erasure_proof.py`).
"""

import io
import json
import mmap
import re
import sqlite3
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PACKED = re.compile(rb"PK\x03\x04|PAR1|[A-Za-z-]+: ")
ZIP, PARQUET = b"PK\x03\x04", b"PAR1"
SQLITE = b"SQLite format 3\0"
BEGINNING = 100
BESIDE_SQLITE = ("-wal", "-shm", "-journal")
WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Sought:
    """What is looked for: where it stands by itself, and, where the bytes of two values touch, anywhere."""

    by_itself: re.Pattern[bytes]
    anywhere: re.Pattern[bytes]


def sought(values: Iterable[str]) -> Sought:
    """Any of the values, in any case, as text, or as JSON has it; what app.naming_pattern finds in rows."""
    forms = {
        form.encode()
        for value in values
        for cased in (value, value.lower(), value.upper())
        for form in (cased, json.dumps(cased)[1:-1], json.dumps(cased, ensure_ascii=False)[1:-1])
    }
    longest_first = sorted(forms, key=len, reverse=True)
    return Sought(
        re.compile(b"|".join(map(_by_itself, longest_first)), re.IGNORECASE),
        re.compile(b"|".join(map(re.escape, longest_first)), re.IGNORECASE),
    )


def _by_itself(form: bytes) -> bytes:
    """Not as a part of a longer word or number; what stands before may be an escape of JSON."""
    before = rb"(?:(?<![0-9A-Za-z])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))" if form[:1].isalnum() else b""
    # n12345 is not in \n12345.
    before += rb"(?<!\\)" if form[:1] in b"bfnrtuBFNRTU" else b""
    return before + re.escape(form) + (rb"(?![0-9A-Za-z])" if form[-1:].isalnum() else b"")


def says(file: Path, what: Sought, *, numbers: Collection[str] = ()) -> bool:
    """Whether one of them is in the file: in its bytes, in what is packed in it, in a row, or, of a mail, in a part of it.

    Columns of Parquet that are `numbers`, as text, name nobody, neither in its rows nor in its bytes, which have their bounds.

    The glyphs of a PDF are no text: of a rendered report the words of the mail beside it speak.
    """
    if _is_database(file):
        return any(what.by_itself.search(value) for value in _values(file))
    pattern = what.anywhere if file.name.endswith(BESIDE_SQLITE) else what.by_itself
    if not numbers and _has(file, pattern):
        return True
    with file.open("rb") as opened:
        is_packed = PACKED.match(opened.read(BEGINNING)) is not None
    return is_packed and any(pattern.search(text) for text in _unpacked(file.read_bytes(), numbers))


def mask(file: Path, what: Sought) -> bool:
    """Mask what is found, letters as x and digits as 9, in its place: whoever writes on in the file has not lost it.

    Returns whether anything was. Of a database of SQLite what is beside it is looked into, too, and all is written anew: it
    keeps what was deleted.
    """
    if file.name.endswith(BESIDE_SQLITE):
        return False
    if _is_database(file):
        files = [file, *(beside for end in BESIDE_SQLITE if (beside := file.with_name(file.name + end)).exists())]
        # A long value goes on in another page, and what it says may be half in each.
        found = any(_has(each, what.anywhere) for each in files) or says(file, what)
        if found:
            _mask_database(file, what.by_itself)
        return found
    if not _has(file, what.by_itself):
        return False
    with file.open("r+b") as writable, mmap.mmap(writable.fileno(), 0) as said:
        for place in list(what.by_itself.finditer(said)):
            said[place.start() : place.end()] = _masked(place[0])
    return True


def _has(file: Path, pattern: re.Pattern[bytes]) -> bool:
    if file.stat().st_size == 0:
        return False
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as said:
        return pattern.search(said) is not None


def _is_database(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(SQLITE)) == SQLITE


def _masked(said: bytes) -> bytes:
    """As long as it was; what JSON escapes goes whole, for half an escape is none."""
    escapes = re.sub(rb"\\u[0-9a-fA-F]{4}", b"xxxxxx", said)
    return re.sub(rb"[A-Za-z\x80-\xff]", b"x", re.sub(rb"[0-9]", b"9", escapes))


def _mask_database(file: Path, pattern: re.Pattern[bytes]) -> None:
    def masked(value: str | bytes | int | float | None) -> str | bytes | int | float | None:
        if isinstance(value, str):
            return pattern.sub(lambda found: _masked(found[0]), value.encode()).decode()
        if isinstance(value, bytes):
            return pattern.sub(lambda found: _masked(found[0]), value)
        return value

    with closing(sqlite3.connect(file, timeout=WAIT_SECONDS, isolation_level=None)) as database:
        database.create_function("masked", 1, masked, deterministic=True)
        for table, column in _columns_of(database):
            # Names of the catalogue, quoted.
            change = f'update "{table}" set "{column}" = masked("{column}") where masked("{column}") is not "{column}"'  # noqa: S608
            database.execute(change)
        database.execute("vacuum")
        database.execute("pragma wal_checkpoint(truncate)")


def _values(file: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(file, timeout=WAIT_SECONDS, isolation_level=None)) as database:
        for table, column in _columns_of(database):
            for (value,) in database.execute(f'select "{column}" from "{table}"'):  # noqa: S608 (names of the catalogue)
                if isinstance(value, str | bytes):
                    yield value.encode() if isinstance(value, str) else value


def _columns_of(database: sqlite3.Connection) -> list[tuple[str, str]]:
    return database.execute(
        "select found.name, attribute.name from sqlite_master as found, pragma_table_info(found.name) as attribute "
        "where found.type = 'table' and found.name not like 'sqlite_%'"
    ).fetchall()


def _unpacked(said: bytes, numbers: Collection[str] = ()) -> Iterator[bytes]:
    if said.startswith(ZIP):
        with zipfile.ZipFile(io.BytesIO(said)) as packed:
            yield from (packed.read(member) for member in packed.infolist())
    elif said.startswith(PARQUET):
        yield from _columns(said, numbers)
    else:
        yield from _parts(said)


def _columns(said: bytes, numbers: Collection[str]) -> Iterator[bytes]:
    parquet = pq.ParquetFile(io.BytesIO(said))
    strings = [field.name for field in parquet.schema_arrow if pa.types.is_string(field.type)]
    texts = [name for name in strings if name not in numbers]
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
