"""Who may be at work in an archive's folder: one process that writes, or several that read.

Belongs here: the lock, and that nobody else reads what is written. Not here: what is written or read. The lock dies with its
process, whatever ended it.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from orchestration.errors import WarehouseError
from orchestration.extraction.archive import manifest

PRIVATE = 0o077


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder alone, and have an empty one in it for files that are not whole yet."""
    mask = os.umask(PRIVATE)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / manifest.LOCK).open("wb") as lock:
            _take(lock, fcntl.LOCK_EX, folder)
            shutil.rmtree(folder / manifest.ASIDE, ignore_errors=True)
            (folder / manifest.ASIDE).mkdir()
            try:
                yield
            finally:
                shutil.rmtree(folder / manifest.ASIDE, ignore_errors=True)
    except OSError as error:
        raise WarehouseError(f"the archive cannot be written: {error.strerror}: {error.filename}") from error
    finally:
        os.umask(mask)


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Hold the folder together with others that read: no file is swept away under them. A copy without a lock has no writer."""
    try:
        lock = (folder / manifest.LOCK).open("rb")
    except FileNotFoundError:
        yield
        return
    with lock:
        _take(lock, fcntl.LOCK_SH, folder)
        yield


def _take(lock: BinaryIO, kind: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WarehouseError(f"another process is at work in {folder}: wait for it") from error
