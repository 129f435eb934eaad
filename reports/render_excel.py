"""A report as Excel.

Belongs here: sheets, cell types and number formats. Not here: the numbers (`document.py`). What anybody entered is written as
text, also where it begins like a formula.
"""

import io
from collections.abc import Iterable
from datetime import UTC, date
from itertools import chain, count

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from reports import figures
from reports.catalog import Metric, Unit
from reports.document import Document
from reports.query import Figure, Value
from reports.sections import Chart, Conversations, Insights, Metrics, Table, Text

Listed = Chart | Table | Conversations | Text | Insights

NUMBER_FORMATS: dict[Unit, str] = {"count": "#,##0", "seconds": "#,##0.0", "share": "0.0%", "score": "0.00"}
TONES = {"good": "#2B8A3E", "bad": "#C92A2A", "plain": "#6B7280"}


def render(document: Document) -> bytes:
    """The workbook's bytes; the same for the same document."""
    memory = io.BytesIO()
    # in_memory: the library's temporary files would put the present time into the archive.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(memory, options) as workbook:
        workbook.set_properties(
            {
                "title": document.title,
                "author": document.tenant_name,
                "created": document.slot.at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        look = _Look(workbook)
        _summary(workbook.add_worksheet("Summary"), document, look)
        for section in document.sections:
            if not isinstance(section, Metrics):
                _section(workbook, section, look)
        _definitions(workbook.add_worksheet("Definitions"), document, look)
    return memory.getvalue()


class _Look:
    """The cell formats of a workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self.heading: Format = workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#E7ECFB", "valign": "top"})
        self.number_heading: Format = workbook.add_format(
            {"bold": True, "bottom": 1, "bg_color": "#E7ECFB", "align": "right", "text_wrap": True, "valign": "top"}
        )
        self.muted: Format = workbook.add_format({"font_color": "#6B7280"})
        self.title: Format = workbook.add_format({"bold": True, "font_size": 14})
        self.wrapped: Format = workbook.add_format({"text_wrap": True, "valign": "top"})
        self.numbers = {unit: workbook.add_format({"num_format": code}) for unit, code in NUMBER_FORMATS.items()}
        self.day: Format = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.instant: Format = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self.changes = {
            tone: workbook.add_format({"font_color": colour, "align": "right"}) for tone, colour in TONES.items()
        }
        self.absent: Format = workbook.add_format({"font_color": "#868E96", "align": "right"})

    def write(self, sheet: Worksheet, row: int, column: int, value: Value, unit: Unit) -> None:
        """Write a number as a number, and no number as such."""
        if value is None:
            sheet.write_string(row, column, figures.NO_DATA, self.absent)
        else:
            sheet.write_number(row, column, float(value), self.numbers[unit])

    def write_change(self, sheet: Worksheet, row: int, column: int, figure: Figure) -> None:
        """Write what became of a figure since the period before, in the words of every format."""
        sheet.write_string(row, column, figures.change(figure), self.changes[figures.tone(figure)])

    def write_name(self, sheet: Worksheet, row: int, name: str | date) -> None:
        """Write the first cell of a row: a day as a day."""
        if isinstance(name, str):
            sheet.write_string(row, 0, name)
        else:
            sheet.write_datetime(row, 0, name, self.day)


def _section(workbook: Workbook, section: Listed, look: _Look) -> None:
    """A sheet of its own for a section; the key figures stand on the first, under what the report is about."""
    sheet = workbook.add_worksheet(_sheet_name(section, [each.name for each in workbook.worksheets()]))
    match section:
        case Table():
            _table(sheet, section, look)
        case Chart():
            _chart(sheet, section, look)
        case Conversations():
            _conversations(sheet, section, look)
        case Insights():
            _sentences(sheet, section.heading, [each.text for each in section.found], look)
        case Text():
            _sentences(sheet, section.heading, section.sentences, look)


def _sheet_name(section: Listed, taken: list[str]) -> str:
    """Words of ours: short, and free of what a sheet's name may not hold; the second of a name has a number."""
    match section:
        case Table():
            name = "Days" if section.first_column == "Day" else f"{section.first_column}s"
            name = name.replace("Resolved bys", "Resolved by")
        case Chart():
            name = "Chart"
        case Conversations():
            name = "Recent conversations"
        case _:
            name = section.heading
    numbered = chain((name,), (f"{name} {number}" for number in count(2)))
    return next(each for each in numbered if each not in taken)


def _heading(metric: Metric, label: str | None = None) -> str:
    return f"{label or metric.label} (s)" if metric.unit == "seconds" else label or metric.label


def _headings(sheet: Worksheet, row: int, names: Iterable[str], look: _Look) -> None:
    for column, name in enumerate(names):
        sheet.write_string(row, column, name, look.heading if column == 0 else look.number_heading)


def _summary(sheet: Worksheet, document: Document, look: _Look) -> None:
    facts = [
        ("Tenant", document.tenant_name),
        ("Period", document.period.label),
        ("Compared with", document.period.previous().label),
        ("Days are local to", document.timezone),
        ("Data as of", document.as_of),
        *((("Mind", document.warning),) if document.warning else ()),
        *(("Note", note) for note in document.notes),
    ]
    sheet.write_string(0, 0, document.title, look.title)
    for row, (fact, value) in enumerate(facts, start=1):
        sheet.write_string(row, 0, fact, look.muted)
        sheet.write_string(row, 1, value)
    top = len(facts) + 2
    _headings(sheet, top, ("Figure", "Value", "Before", "Change", "Observations"), look)
    for row, figure in enumerate(document.figures, start=top + 1):
        sheet.write_string(row, 0, _heading(figure.metric))
        look.write(sheet, row, 1, figure.value, figure.metric.unit)
        look.write(sheet, row, 2, figure.before, figure.metric.unit)
        look.write_change(sheet, row, 3, figure)
        look.write(sheet, row, 4, figure.sample, "count")
    sheet.freeze_panes(top + 1, 1)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 4, 16)


def _table(sheet: Worksheet, table: Table, look: _Look) -> None:
    """Of each metric its value, what that is made of where it is no count of its own, what it was before, and the change."""
    sampled = [figures.has_sample(metric) for metric in table.metrics]
    headings = [
        [_heading(metric), *["n"] * has_sample, _heading(metric, "before"), *["n before"] * has_sample, "change"]
        for metric, has_sample in zip(table.metrics, sampled, strict=True)
    ]
    _headings(sheet, 0, (table.first_column, *chain(*headings)), look)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, sum(map(len, headings)), 11)
    for row, (first, cells) in enumerate(table.rows, start=1):
        look.write_name(sheet, row, first)
        column = count(1)
        for each, has_sample in zip(cells, sampled, strict=True):
            for value, sample in ((each.value, each.sample), (each.before, each.sample_before)):
                look.write(sheet, row, next(column), value, each.metric.unit)
                if has_sample:
                    look.write(sheet, row, next(column), sample, "count")
            look.write_change(sheet, row, next(column), each)
    sheet.freeze_panes(1, 1)


def _conversations(sheet: Worksheet, section: Conversations, look: _Look) -> None:
    _headings(sheet, 0, Conversations.HEADINGS, look)
    for row, each in enumerate(section.rows, start=1):
        sheet.write_string(row, 0, str(each.id))
        sheet.write_datetime(row, 1, each.began, look.instant)
        for column, text in enumerate((each.channel, each.status, each.customer, each.agent), start=2):
            if text is not None:
                sheet.write_string(row, column, str(text))
        look.write(sheet, row, 6, each.satisfaction, "score")
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 3, 18)
    sheet.set_column(4, 4, 38)
    sheet.set_column(5, 6, 18)


def _chart(sheet: Worksheet, chart: Chart, look: _Look) -> None:
    """What is drawn, as numbers: a place a row, with what is drawn in colour and what grey."""
    places: dict[str | date, dict[bool, Value]] = {}
    for bar in chart.bars:
        places.setdefault(bar.name, {})[bar.beside] = bar.value
    _headings(sheet, 0, ("Day" if chart.is_by_day else "Group", _heading(chart.metric), "Before"), look)
    for row, (name, values) in enumerate(places.items(), start=1):
        look.write_name(sheet, row, name)
        for is_before, value in values.items():
            look.write(sheet, row, 2 if is_before else 1, value, chart.metric.unit)
    sheet.write_string(len(places) + 2, 0, chart.heading, look.muted)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 2, 24)


def _sentences(sheet: Worksheet, heading: str, sentences: list[str], look: _Look) -> None:
    sheet.write_string(0, 0, heading, look.heading)
    for row, sentence in enumerate(sentences, start=1):
        sheet.write_string(row, 0, sentence, look.wrapped)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 110)


def _definitions(sheet: Worksheet, document: Document, look: _Look) -> None:
    for column, heading in enumerate(("Figure", "Name", "Unit", "Definition", "Made of")):
        sheet.write_string(0, column, heading, look.heading)
    for row, metric in enumerate(document.definitions, start=1):
        made_of = ", ".join(metric.made_of)
        for column, text in enumerate((metric.label, metric.name, metric.unit, metric.definition, made_of)):
            sheet.write_string(row, column, text, look.wrapped)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 2, 26)
    sheet.set_column(3, 4, 70)
