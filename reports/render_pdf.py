"""A report as PDF.

Belongs here: handing a document to Typst. Not here: the look (`templates/report.typ`) and the chart (`chart.py`). Names and
texts reach Typst as JSON: put into the source, a tenant's name could be a program.
"""

import json
import tempfile
from importlib.resources import files
from pathlib import Path

import typst

from reports import chart, figures
from reports.document import Document, Table

TEMPLATE = "report.typ"


def render(document: Document) -> bytes:
    """The PDF's bytes; the same for the same document."""
    with tempfile.TemporaryDirectory(prefix="romashka-report-") as name:
        folder = Path(name)
        template = files("reports").joinpath("templates", TEMPLATE).read_text(encoding="utf-8")
        (folder / TEMPLATE).write_text(template, encoding="utf-8")
        (folder / "data.json").write_text(json.dumps(_data(document)), encoding="utf-8")
        if document.chart:
            (folder / "chart.svg").write_text(chart.svg(document), encoding="utf-8")
        # The slot stands for "now": rendered again, the same report has the same bytes.
        return typst.compile(
            str(folder / TEMPLATE),
            root=str(folder),
            format="pdf",
            ignore_system_fonts=True,
            timestamp=int(document.slot.at.timestamp()),
        )


def _data(document: Document) -> dict[str, object]:
    return {
        "tenant": document.tenant_name,
        "title": document.title,
        "period": document.period.label,
        "previous": document.period.previous().label,
        "timezone": document.timezone,
        "data_as_of": document.as_of,
        "notes": document.notes,
        "figures": [
            {
                "label": figure.metric.label,
                "value": figures.text(figure.value, figure.metric.unit),
                "change": figures.change(figure),
                "tone": figures.tone(figure),
                "sample": figures.sample(figure),
            }
            for figure in document.figures
        ],
        "chart_heading": document.chart_heading if document.chart else None,
        "tables": [_table(document.channels), _table(document.days)],
        "definitions": [{"label": metric.label, "text": metric.definition} for metric in document.definitions],
    }


def _table(table: Table) -> dict[str, object]:
    return {
        "heading": table.heading,
        "columns": [table.first_column, *(metric.label for metric in table.metrics)],
        "rows": [
            [
                figures.name(name),
                *(figures.text(value, metric.unit) for metric, value in zip(table.metrics, values, strict=True)),
            ]
            for name, values in table.rows
        ],
    }
