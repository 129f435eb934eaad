"""A report as data: CSV, JSON and Parquet.

Belongs here: the formats. Not here: the rows (`flat.py`). CSV is RFC 4180; what a spreadsheet program would take for a formula is
made harmless, unless the report asks for raw values.
"""

import csv
import io
import json
from dataclasses import asdict, astuple, fields

import pyarrow as pa
import pyarrow.parquet as pq

from reports.document import Document
from reports.flat import Row, rows
from reports.spreadsheet_safety import harmless

SCHEMA = pa.schema(
    [
        ("section", pa.string()), ("item", pa.string()), ("metric", pa.string()), ("unit", pa.string()),
        ("value", pa.float64()), ("before", pa.float64()), ("change", pa.float64()), ("observations", pa.int64()),
        ("text", pa.string()), ("warning", pa.string()),
    ]
)  # fmt: skip


def csv_bytes(document: Document) -> bytes:
    """One row a value; CRLF, UTF-8 with a mark at the beginning, by which Excel knows it.

    What the values are of stands beside each: a CSV file has no other place for it that programs would not take for a value.
    """
    memory = io.StringIO(newline="")
    writer = csv.writer(memory)
    about = _about(document)
    definitions = {each.name: each.definition for each in document.definitions}
    writer.writerow([*(field.name for field in fields(Row)), "definition", *about])
    for row in rows(document):
        values = (*astuple(row), definitions.get(row.metric, ""), *about.values())
        writer.writerow([_cell(value, raw=document.raw_text) for value in values])
    return memory.getvalue().encode("utf-8-sig")


def _cell(value: object, *, raw: bool) -> object:
    return harmless(value) if isinstance(value, str) and not raw else value


def json_bytes(document: Document) -> bytes:
    """The report's facts and its values; durations in seconds, shares from 0 to 1, instants in UTC."""
    content = {
        "metadata": {
            "tenant": document.tenant_name,
            "title": document.title,
            "slot": document.slot.at.isoformat(),
            "period": {"first": document.period.first.isoformat(), "end": document.period.end.isoformat()},
            "timezone": document.timezone,
            "data_as_of": document.data_as_of.isoformat(),
            "warning": document.warning,
            "notes": document.notes,
            "total_records": document.rows,
        },
        "definitions": {each.name: {"label": each.label, "unit": each.unit, "definition": each.definition,
                                    "made_of": each.made_of} for each in document.definitions},
        "values": [asdict(row) for row in rows(document)],
        "insights": [asdict(each) for each in document.insights.found] if document.insights else [],
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def parquet_bytes(document: Document) -> bytes:
    """The values as one table, zstd; what the report is about stands in the file's metadata."""
    about = _about(document) | {
        "warning": document.warning or "",
        "notes": json.dumps(document.notes, ensure_ascii=False),
        "definitions": json.dumps({each.name: each.definition for each in document.definitions}, ensure_ascii=False),
    }
    table = pa.Table.from_pylist([asdict(row) for row in rows(document)], schema=SCHEMA.with_metadata(about))
    memory = io.BytesIO()
    pq.write_table(table, memory, compression="zstd")
    return memory.getvalue()


def _about(document: Document) -> dict[str, str]:
    return {
        "tenant": document.tenant_name,
        "title": document.title,
        "period": f"{document.period.first}/{document.period.end}",
        "timezone": document.timezone,
        "data_as_of": document.data_as_of.isoformat(),
    }
