"""What a mail says, in text and in HTML.

Belongs here: words and their look in a mail reader. Not here: headers and files (`mail.py`).
"""

import base64
import html
from collections.abc import Iterator

from reports import chart, figures
from reports.document import Document
from reports.query import Figure
from reports.sections import Chart

CHART_ID = "chart@romashka"
COLOURS = {"good": "#2b8a3e", "bad": "#c92a2a", "plain": "#6b7280"}
MUTED = "#6b7280"
CELL = "padding:8px 0;border-bottom:1px solid #e5e7eb;vertical-align:top"
BODY = (
    "margin:0;padding:24px 12px;background:#f3f4f6;color:#111827;"
    "font:15px/1.4 Helvetica,Arial,sans-serif;overflow-wrap:anywhere"
)
SMALL = "font-size:12px"


def plain(document: Document) -> str:
    """The text part; it says what the HTML says."""
    width = max(len(figure.metric.label) for figure in document.figures)
    values = [figures.text(figure.value, figure.metric.unit) for figure in document.figures]
    lines = [
        f"{figure.metric.label:<{width}}  {value:>{max(map(len, values))}}  {_beside(figure)}"
        for figure, value in zip(document.figures, values, strict=True)
    ]
    heading = [document.title, f"{document.tenant_name}, {document.period.label}", ""]
    warning = [document.warning, ""] if document.warning else []
    found = [f"- {each.text}" for each in document.insights.found] if document.insights else []
    kept = [line for each in document.left_out for line in (each.words, *filter(None, [each.link]))]
    paragraphs = (lines, found, kept, [*_small_print(document)])
    return "\n".join([*heading, *warning, *(line for part in paragraphs if part for line in (*part, ""))])


def markup(document: Document, *, chart_source: str) -> str:
    """The HTML part. Styles stand in the tags: mail readers drop style sheets."""
    text = html.escape
    rows = "".join(map(_row, document.figures))
    small_print = "<br>".join(map(text, _small_print(document)))
    picture = _picture(document.chart_of_mail, chart_source) if document.chart_of_mail else ""
    accent = document.branding.accent
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{text(document.title)}</title></head>
<body style="{BODY}">
<div style="max-width:544px;margin:0 auto;padding:28px 28px 20px;background:#ffffff;border-top:4px solid {accent}">
<div style="font-size:13px;color:{MUTED}">{text(document.tenant_name)}</div>
<h1 style="margin:2px 0 0;font-size:22px;line-height:1.25">{text(document.title)}</h1>
<div style="margin:2px 0 18px;color:{MUTED}">{text(document.period.label)}</div>
{_warning(document)}
<table role="presentation" cellspacing="0" cellpadding="0" style="width:100%;border-collapse:collapse">{rows}</table>
{_found(document)}{picture}{_left_out(document)}<p style="margin:20px 0 0;font-size:12px;color:{MUTED}">{small_print}</p>
</div></body></html>
"""


def page(document: Document) -> bytes:
    """The HTML part as a file of its own."""
    picture = chart_picture(document)
    source = f"data:image/png;base64,{base64.b64encode(picture).decode()}" if picture else ""
    return markup(document, chart_source=source).encode()


def chart_picture(document: Document) -> bytes | None:
    """The one chart that a mail shows."""
    shown = document.chart_of_mail
    return chart.png(shown, accent=document.branding.accent) if shown else None


def _row(figure: Figure) -> str:
    """Two lines of two: side by side, the four are wider than a telephone."""
    value, change = figures.text(figure.value, figure.metric.unit), figures.change(figure)
    sample = f'<div style="{SMALL};color:{MUTED}">{figures.sample(figure)}</div>'
    beside = f'<div style="{SMALL};color:{COLOURS[figures.tone(figure)]}">{html.escape(change)}</div>'
    return (
        f'<tr><td style="{CELL};text-align:left">{html.escape(figure.metric.label)}{sample}</td>'
        f'<td style="{CELL};text-align:right;white-space:nowrap"><b>{html.escape(value)}</b>{beside}</td></tr>\n'
    )


def _warning(document: Document) -> str:
    if document.warning is None:
        return ""
    style = "margin:0 0 16px;padding:10px 12px;background:#fff4e6;border-left:4px solid #e67700;font-weight:bold"
    return f'<p style="{style}">{html.escape(document.warning)}</p>\n'


def _found(document: Document) -> str:
    if document.insights is None:
        return ""
    items = "".join(f'<li style="margin:4px 0">{html.escape(each.text)}</li>' for each in document.insights.found)
    heading = f'<h2 style="margin:26px 0 8px;font-size:15px">{html.escape(document.insights.heading)}</h2>'
    return f'{heading}\n<ul style="margin:0;padding-left:18px">{items}</ul>\n'


def _left_out(document: Document) -> str:
    lines = []
    for each in document.left_out:
        there = f' <a href="{html.escape(each.link)}">get it here</a>' if each.link else ""
        lines.append(f'<p style="margin:16px 0 0">{html.escape(each.words)}{there}</p>\n')
    return "".join(lines)


def _picture(shown: Chart, source: str) -> str:
    heading = html.escape(shown.heading)
    return (
        f'<h2 style="margin:26px 0 8px;font-size:15px">{heading}</h2>\n'
        f'<img src="{source}" alt="{heading}" width="544" style="display:block;width:100%;max-width:544px;height:auto">\n'
    )


def _beside(figure: Figure) -> str:
    return "  ".join(filter(None, (figures.change(figure), figures.sample(figure))))


def _small_print(document: Document) -> Iterator[str]:
    yield f"Changes are against {document.period.previous().label}. Days are local days of {document.timezone}."
    yield f"Data as of {document.as_of}.{' Definitions are in the attached files.' if document.has_files else ''}"
    if not document.has_files:
        yield from (f"{metric.label}: {metric.definition}" for metric in document.definitions)
    yield from document.notes
    if document.branding.contact:
        yield f"Questions: {document.branding.contact}"
