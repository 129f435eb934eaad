"""The person in files of the home folder: exports, mail, logs.

Belongs here: masking a person's values there. Not here: databases.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

FOLDERS = ("exports", "mail", "log")


def mask(home: Path, values: Iterable[str]) -> int:
    """Mask the values, letters as x and digits as 9, in every file that has them. Returns how many files were written anew."""
    hidden = [value for value in values if value]
    if not hidden:
        return 0
    pattern = re.compile("|".join(re.escape(value) for value in sorted(hidden, key=len, reverse=True)).encode(), re.I)
    return sum(_mask_file(file, pattern) for file in _files(home))


def _files(home: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (file for file in (home / folder).rglob("*") if file.is_file() and not file.is_symlink())


def _mask_file(file: Path, pattern: re.Pattern[bytes]) -> bool:
    """As long as it was: whatever counts bytes of the file counts the same."""
    said = file.read_bytes()
    masked = pattern.sub(lambda found: re.sub(rb"[^\W\d_]", b"x", re.sub(rb"\d", b"9", found[0])), said)
    if masked == said:
        return False
    beside = file.with_name(f".{file.name}.masked")
    beside.write_bytes(masked)
    beside.chmod(file.stat().st_mode)
    beside.replace(file)
    return True
