"""A report as PDF.

Belongs here: handing a document to Typst. Not here: the look (`templates/report.typ`) and the charts (`chart.py`). Names and
texts reach Typst as JSON: put into the source, a tenant's name could be a program.
"""

import json
import tempfile
from importlib.resources import files
from pathlib import Path

import typst

from reports import chart, figures
from reports.document import Document
from reports.fonts import fonts
from reports.query import Figure
from reports.sections import Chart, Conversations, Insights, Metrics, Section, Table, Text

TEMPLATE = "report.typ"
# Enough to find a conversation by; the files of data have the whole key.
SHOWN_OF_A_KEY = 8


def render(document: Document) -> bytes:
    """The PDF's bytes; the same for the same document."""
    with tempfile.TemporaryDirectory(prefix="romashka-report-") as name:
        folder = Path(name)
        prepare(document, folder)
        # The slot stands for "now": rendered again, the same report has the same bytes.
        return typst.compile(
            str(folder / TEMPLATE),
            root=str(folder),
            format="pdf",
            font_paths=fonts(),
            timestamp=int(document.slot.at.timestamp()),
        )


def prepare(document: Document, folder: Path) -> None:
    """Put all that Typst needs into a folder: the template, the words and numbers, the drawn charts, the logo."""
    template = files("reports").joinpath("templates", TEMPLATE).read_text(encoding="utf-8")
    (folder / TEMPLATE).write_text(template, encoding="utf-8")
    (folder / "data.json").write_text(json.dumps(_data(document)), encoding="utf-8")
    for number, each in enumerate(document.sections):
        if isinstance(each, Chart) and not each.is_empty:
            drawn = chart.svg(each, accent=document.branding.accent)
            (folder / f"chart-{number}.svg").write_text(drawn, encoding="utf-8")
    if logo := document.branding.logo:
        (folder / f"logo.{logo.suffix}").write_bytes(logo.content)


def _data(document: Document) -> dict[str, object]:
    logo = document.branding.logo
    return {
        "tenant": document.tenant_name,
        "title": document.title,
        "period": document.period.label,
        "previous": document.period.previous().label,
        "timezone": document.timezone,
        "data_as_of": document.as_of,
        "warning": document.warning,
        "accent": document.branding.accent,
        "logo": f"logo.{logo.suffix}" if logo else None,
        "contact": document.branding.contact,
        "notes": document.notes,
        "sections": [_section(number, each) for number, each in enumerate(document.sections)],
        "definitions": [{"label": metric.label, "text": metric.definition} for metric in document.definitions],
    }


def _section(number: int, section: Section) -> dict[str, object]:
    match section:
        case Metrics():
            kind = "comparison" if section.in_full else "metrics"
            return {"kind": kind, "heading": section.heading, "figures": _figures(section)}
        case Chart():
            return {
                "kind": "chart",
                "heading": section.heading,
                "file": None if section.is_empty else f"chart-{number}.svg",
            }
        case Table():
            return {"kind": "table", **_table(section)}
        case Conversations():
            return {"kind": "conversations", **_conversations(section)}
        case Text():
            return {"kind": "text", "heading": section.heading, "sentences": section.sentences}
        case Insights():
            found = [{"kind": each.kind, "text": each.text} for each in section.found]
            return {"kind": "insights", "heading": section.heading, "found": found}


def _figures(section: Metrics) -> list[dict[str, str]]:
    return [{"label": each.metric.label, **_figure(each), "sample": figures.sample(each)} for each in section.figures]


def _figure(each: Figure) -> dict[str, str]:
    unit = each.metric.unit
    return {
        "value": figures.text(each.value, unit),
        "before": figures.text(each.before, unit),
        "change": figures.change(each),
        "tone": figures.tone(each),
    }


def _table(table: Table) -> dict[str, object]:
    return {
        "heading": table.heading,
        "first": table.first_column,
        "in_full": table.in_full,
        "columns": [{"label": metric.label, "has_sample": figures.has_sample(metric)} for metric in table.metrics],
        "rows": [{"name": figures.name(name), "cells": [_cell(each) for each in cells]} for name, cells in table.rows],
    }


def _cell(each: Figure) -> dict[str, str]:
    return {**_figure(each), "sample": f"{each.sample:,}", "sample_before": f"{each.sample_before:,}"}


def _conversations(section: Conversations) -> dict[str, object]:
    return {
        "heading": section.heading,
        "columns": section.HEADINGS,
        "rows": [
            [
                str(each.id)[:SHOWN_OF_A_KEY],
                f"{each.began:%-d %b %Y, %H:%M}",
                each.channel,
                each.status,
                str(each.customer)[:SHOWN_OF_A_KEY] if each.customer else "",
                each.agent or "",
                "" if each.satisfaction is None else f"{each.satisfaction:.3g}",
            ]
            for each in section.rows
        ],
    }
