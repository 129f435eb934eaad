"""What a mail says, in text and in HTML.

Belongs here: words and their look in a mail reader. Not here: headers and files (`mail.py`).
"""

import base64
import html
from collections.abc import Iterator

from reports import chart, figures
from reports.document import Document
from reports.query import Figure

COLOURS = {"good": "#2b8a3e", "bad": "#c92a2a", "plain": "#6b7280"}
MUTED = "#6b7280"
CELL = "padding:9px 0 9px 16px;border-bottom:1px solid #e5e7eb;text-align:right"


def plain(document: Document) -> str:
    """The text part; it says what the HTML says."""
    width = max(len(figure.metric.label) for figure in document.figures)
    values = [figures.text(figure.value, figure.metric.unit) for figure in document.figures]
    lines = [
        f"{figure.metric.label:<{width}}  {value:>{max(map(len, values))}}  {_beside(figure)}"
        for figure, value in zip(document.figures, values, strict=True)
    ]
    heading = [document.title, f"{document.tenant_name}, {document.period.label}", ""]
    return "\n".join([*heading, *lines, "", *_small_print(document), ""])


def markup(document: Document, *, chart_source: str) -> str:
    """The HTML part. Styles stand in the tags: mail readers drop style sheets."""
    text = html.escape
    rows = "".join(map(_row, document.figures))
    small_print = "<br>".join(map(text, _small_print(document)))
    picture = _picture(document, chart_source) if document.chart else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{text(document.title)}</title></head>
<body style="margin:0;padding:24px 12px;background:#f3f4f6;color:#111827;font:15px/1.4 Helvetica,Arial,sans-serif">
<div style="max-width:544px;margin:0 auto;padding:28px 28px 20px;background:#ffffff;border-top:4px solid #3b5bdb">
<div style="font-size:13px;color:{MUTED}">{text(document.tenant_name)}</div>
<h1 style="margin:2px 0 0;font-size:22px;line-height:1.25">{text(document.title)}</h1>
<div style="margin:2px 0 18px;color:{MUTED}">{text(document.period.label)}</div>
<table role="presentation" cellspacing="0" cellpadding="0" style="width:100%;border-collapse:collapse">{rows}</table>
{picture}<p style="margin:20px 0 0;font-size:12px;color:{MUTED}">{small_print}</p>
</div></body></html>
"""


def page(document: Document) -> bytes:
    """The HTML part as a file of its own."""
    source = f"data:image/png;base64,{base64.b64encode(chart.png(document)).decode()}" if document.chart else ""
    return markup(document, chart_source=source).encode()


def _row(figure: Figure) -> str:
    value, change = figures.text(figure.value, figure.metric.unit), figures.change(figure)
    return (
        f'<tr><td style="{CELL};padding-left:0;text-align:left">{html.escape(figure.metric.label)}</td>'
        f'<td style="{CELL};font-weight:bold;white-space:nowrap">{html.escape(value)}</td>'
        f'<td style="{CELL};white-space:nowrap;color:{COLOURS[figures.tone(figure)]}">{html.escape(change)}</td>'
        f'<td style="{CELL};white-space:nowrap;font-size:12px;color:{MUTED}">{figures.sample(figure)}</td></tr>\n'
    )


def _picture(document: Document, source: str) -> str:
    heading = html.escape(document.chart_heading)
    return (
        f'<h2 style="margin:26px 0 8px;font-size:15px">{heading}</h2>\n'
        f'<img src="{source}" alt="{heading}" width="544" style="display:block;width:100%;max-width:544px;height:auto">\n'
    )


def _beside(figure: Figure) -> str:
    return "  ".join(filter(None, (figures.change(figure), figures.sample(figure))))


def _small_print(document: Document) -> Iterator[str]:
    yield f"Changes are against {document.period.previous().label}. Days are local days of {document.timezone}."
    yield f"Data as of {document.as_of}. Definitions are in the attached files."
    yield from document.notes
