"""The files of a report: which formats there are, and where a rendered report is kept.

Belongs here: formats by name, folders, writing a file whole or not at all, what there is, and deleting it. Not here: what is in
a file (`render_*.py`), and how long it is kept (`app.file_rules()`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from reports import mail_body, render_data, render_excel, render_pdf
from reports.document import Document
from reports.errors import ReportError, RunStoppedError
from reports.report_rows import ReportRow
from reports.schedules import Slot


@dataclass(frozen=True)
class Format:
    """How a report becomes a file."""

    suffix: str
    media_type: str
    render: Callable[[Document], bytes]


@dataclass(frozen=True)
class Attachment:
    """A rendered file."""

    name: str
    content: bytes
    media_type: str


FORMATS = {
    "pdf": Format(".pdf", "application/pdf", render_pdf.render),
    "excel": Format(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", render_excel.render),
    "csv": Format(".csv", "text/csv", render_data.csv_bytes),
    "json": Format(".json", "application/json", render_data.json_bytes),
    "parquet": Format(".parquet", "application/vnd.apache.parquet", render_data.parquet_bytes),
}


def render(content: Document, report: ReportRow) -> list[Attachment]:
    """The report in each of its formats."""
    names = list(dict.fromkeys(report.formats))
    if unknown := [name for name in names if name not in FORMATS]:
        raise ReportError(f"unknown format {', '.join(unknown)}: known are {', '.join(FORMATS)}")
    stem = f"{report.tenant_slug}-{report.slug}-{content.slot.local:%Y-%m-%d}"
    return [
        Attachment(f"{stem}{each.suffix}", each.render(content), each.media_type)
        for each in (FORMATS[name] for name in names)
    ]


def folder_of(report: ReportRow, slot: Slot, output: Path) -> Path:
    """Where a rendered slot is kept: tenant/report/local time."""
    return output / report.tenant_slug / report.slug / slot_name(slot)


def slot_name(slot: Slot) -> str:
    """The name of its folder."""
    return f"{slot.local:%Y-%m-%dT%H%M}"


def slots(output: Path) -> list[Path]:
    """What was rendered: tenant/report/local time."""
    return sorted(output.glob("*/*/????-??-??T????"))


def kept_days(operational: psycopg.Connection[Any], tenant: UUID) -> int:
    """For how many days a tenant keeps what was rendered."""
    row = operational.execute(
        "select (now() at time zone tenant.timezone)::date - rule.first_day from public.tenants as tenant "
        "cross join lateral app.file_rules(tenant.id) as rule where tenant.id = %s and rule.kind = 'rendered reports'",
        (tenant,),
    ).fetchone()
    return int(row[0]) if row else 0


def renderer(suffix: str) -> Callable[[Document], bytes]:
    """What writes files that end so."""
    known = {each.suffix: each.render for each in FORMATS.values()} | {".html": mail_body.page}
    if suffix not in known:
        raise ReportError(f'"{suffix}" is no format: end the file\'s name in {", ".join(known)}')
    return known[suffix]


def write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(file)
    except OSError as error:
        raise RunStoppedError(f"{file} cannot be written: {error.strerror}") from error
