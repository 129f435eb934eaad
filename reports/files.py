"""The files of a report: which formats there are, and where a rendered report is kept.

Belongs here: formats by name, and writing a file whole or not at all. Not here: what is in a file (`render_*.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reports import mail_body, render_data, render_excel, render_pdf
from reports.document import Document
from reports.errors import ReportError, RunStoppedError
from reports.report_rows import ReportRow

# How long rendered reports are kept.
KEPT_DAYS = 30


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


def render(content: Document, report: ReportRow, output: Path) -> list[Attachment]:
    """The report in each of its formats, kept under output/tenant/report/ by the slot's local time."""
    names = list(dict.fromkeys(report.formats))
    if unknown := [name for name in names if name not in FORMATS]:
        raise ReportError(f"unknown format {', '.join(unknown)}: known are {', '.join(FORMATS)}")
    folder = output / report.tenant_slug / report.slug
    attachments = []
    for each in (FORMATS[name] for name in names):
        rendered = each.render(content)
        write(folder / f"{content.slot.local:%Y-%m-%dT%H%M}{each.suffix}", rendered)
        name = f"{report.tenant_slug}-{report.slug}-{content.slot.local:%Y-%m-%d}{each.suffix}"
        attachments.append(Attachment(name, rendered, each.media_type))
    return attachments


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
