"""Every way to the schema leads to the same schema: the files for pasting, and another server.

Belongs here: the generated files, and the schemas of two servers side by side. Not here: the
migrations (`test_migrate.py`).
"""

import re
from collections.abc import Callable

import psycopg
import pytest

from operational_schema import bundle, migrate
from operational_schema.migration_files import MIGRATIONS, migrations, shim
from operational_schema.verify import verify
from orchestration.embedded import EmbeddedServer
from tests.conftest import EMBEDDED, ON_PATH
from tests.operational_schema.conftest import dump


def test_the_files_are_what_is_generated() -> None:
    advice = "run python -m operational_schema.bundle"
    assert bundle.SCHEMA.read_text(encoding="utf-8") == bundle.schema(), advice
    assert bundle.FUNCTIONS.read_text(encoding="utf-8") == bundle.functions(), advice
    assert bundle.SEED.read_text(encoding="utf-8") == bundle.seed(), advice


@pytest.mark.usefixtures("every_server")
def test_pasting_makes_the_same_database_as_migrating(
    empty_url: str, operational_url: str, every_server: EmbeddedServer
) -> None:
    with psycopg.connect(empty_url, autocommit=True) as connection:
        for text in (shim().text, bundle.schema(), bundle.functions()):
            connection.execute(text.encode())
    migrate.baseline(empty_url, migrations(MIGRATIONS)[-1].version)
    assert "supabase_shim.sql" in migrate.up(empty_url)
    assert verify(empty_url) == []
    assert dump(every_server, empty_url) == dump(every_server, operational_url)


def test_every_server_has_the_same_schema(servers: Callable[[str], EmbeddedServer]) -> None:
    """M9: one pg_dump asks both, so that only the schemas can differ; a newer server has more kinds of grants, and names
    the table of a view's column only where there are several."""
    embedded, on_path = (
        [
            re.sub(r"^( SELECT |    )\w+\.(\w+,?)$", r"\1\2", line)
            for line in dump(server, server.url("operational_template"))
            if "GRANT " not in line
        ]
        for server in map(servers, (EMBEDDED, ON_PATH))
    )
    assert embedded == on_path
