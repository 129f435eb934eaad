"""Writes `operational_schema/catalogue.txt` anew: run it after a change of a migration or a function (`make bundle` does).

Belongs here: a throw-away server that gets the files. Not here: what stands in the list (`operational_schema/catalogue.py`).
"""

import tempfile
from pathlib import Path

import psycopg

from operational_schema import catalogue, migrate
from orchestration.embedded import EmbeddedServer


def write() -> None:
    """Migrate an empty database, and write down what it has then."""
    with tempfile.TemporaryDirectory(prefix="romashka-catalogue-") as folder:
        server = EmbeddedServer(Path(folder) / "postgres")
        server.start()
        try:
            migrate.up(server.url("postgres"))
            with psycopg.connect(server.url("postgres")) as connection:
                catalogue.FILE.write_text(catalogue.text(catalogue.present(connection)), encoding="utf-8")
        finally:
            server.stop()


if __name__ == "__main__":
    write()
