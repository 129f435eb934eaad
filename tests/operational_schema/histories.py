"""Small histories to import, and a look at what became of them."""

import json
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from operational_schema import importing
from operational_schema.importing import ImportSummary

TENANT = {
    "kind": "tenant",
    "slug": "acme",
    "name": "Acme",
    "timezone": "America/New_York",
    "business_hours": {"mon": [["13:00", "17:00"], ["09:00", "12:00"]], "sun": [["00:00", "24:00"]]},
    "special_days": {"2024-07-04": [], "2024-12-24": [["09:00", "12:00"]]},
    "sla": {"first_response_seconds": 300, "resolution_seconds": 3600, "business_hours": True},
}


def conversation(**changes: Any) -> dict[str, Any]:
    return {
        "tenant": "acme",
        "conversation_id": "x-1",
        "channel": "email",
        "customer": {"id": "c1", "name": "Ann", "email": "ann@example.com"},
        "created_at": "2024-01-09T15:00:00Z",
        "events": [{"at": "2024-01-09T15:00:00Z", "type": "message", "sender": "customer", "text": "hi"}],
        **changes,
    }


def event(**changes: Any) -> dict[str, Any]:
    return {"at": "2024-01-09T15:05:00Z", **changes}


def import_lines(url: str, *lines: dict[str, Any] | str) -> ImportSummary:
    """Import a file of these lines: records, or text as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.jsonl"
        file.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return importing.import_file(url, file)


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()
