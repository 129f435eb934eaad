"""The lifecycle report as a page: Markdown, or PDF.

Belongs here: its two forms. Not here: what it says (`report.py`), and the look of the PDF (`report.typ`).
"""

import json
import re
import tempfile
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import typst

from orchestration.errors import WarehouseError
from orchestration.lifecycle.report import Report
from orchestration.lifecycle.report_section import Section, instant
from reports.files import write
from reports.fonts import fonts

TEMPLATE = "report.typ"


def save(report: Report, to: Path) -> None:
    """Write the page whole or not at all, in the form that the file's name ends in."""
    check(to)
    write(to, markdown(report).encode() if to.suffix == ".md" else pdf(report))


def check(to: Path) -> None:
    """Raise WarehouseError for a name that says no form, before anything is gathered."""
    if to.suffix not in (".md", ".pdf"):
        raise WarehouseError(f"--to {to.name} is no format: end the file's name in .md or .pdf")


def markdown(report: Report) -> str:
    """The page as Markdown; what people wrote (reasons, names) stays text."""
    parts = [f"# Data lifecycle of {_text(report.name)} ({report.slug})", *_told(report)]
    for section in report.sections:
        parts += [f"## {section.heading}", _table(section) if section.rows else section.otherwise]
    return "\n\n".join(parts) + "\n"


def _told(report: Report) -> list[str]:
    landed = instant(report.warehouse_as_of) if report.warehouse_as_of else "never filled"
    return [
        f"Data as of {instant(report.as_of)}; warehouse as of: {landed}. A day begins at midnight in {report.timezone}; "
        "instants are UTC."
    ]


def _table(section: Section) -> str:
    lines = [section.columns, tuple("---" for _ in section.columns), *section.rows]
    return "\n".join(f"| {' | '.join(cell if cell == '---' else _text(cell) for cell in line)} |" for line in lines)


def _text(value: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#&])", r"\\\1", " ".join(value.split()))


def pdf(report: Report) -> bytes:
    """The page as PDF. Words reach Typst as JSON: in the source, a reason could be a program."""
    with tempfile.TemporaryDirectory(prefix="romashka-lifecycle-") as name:
        folder = Path(name)
        template = files("orchestration.lifecycle").joinpath(TEMPLATE).read_text(encoding="utf-8")
        (folder / TEMPLATE).write_text(template, encoding="utf-8")
        said = {
            "name": report.name,
            "slug": report.slug,
            "as_of": instant(report.as_of),
            "told": _told(report),
            "sections": [asdict(section) for section in report.sections],
        }
        (folder / "data.json").write_text(json.dumps(said), encoding="utf-8")
        return typst.compile(str(folder / TEMPLATE), root=str(folder), format="pdf", font_paths=fonts())
