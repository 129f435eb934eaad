"""Making a slot: what its mail says and what its files hold, all from one reading.

Belongs here: the freshness gate, and which files a mail can hold. Not here: whether it has to be made (`send.py`), keeping it
(`rendered.py`), and formats.
"""

from dataclasses import replace

from reports import file_links, files, mail_body, reading
from reports.errors import NotCoveredError
from reports.files import Attachment
from reports.rendered import Rendered
from reports.report_rows import ReportRow
from reports.schedules import Slot
from reports.way import Way

# Three bytes in four letters, and two more at the end of each line of 76.
AS_IT_TRAVELS = 4 / 3 * 78 / 76


def render(way: Way, report: ReportRow, slot: Slot) -> Rendered:
    """What a slot says as of now, in the mail and in its files. Raises NotCoveredError while the data do not reach its end."""
    content = reading.read(way.marts, report, slot)
    if content.uncovered:
        if report.when_stale != "send" or way.at < slot.at + report.stale_after:
            raise NotCoveredError(content.uncovered)
        content = content.marked()
    attachments = files.render(content, report)
    attached = fitting(attachments, way.most_mail_bytes)
    days = files.kept_days(way.operational, report.tenant_id)
    left_out = tuple(
        file_links.left_out(each.name, report, slot, way.file_links, days=days)
        for each in attachments
        if each not in attached
    )
    content = replace(content, has_files=bool(attached), left_out=left_out)
    return Rendered(
        made_of=report.made_of,
        subject=f"{content.title}: {content.period.label} — {content.tenant_name}",
        plain=mail_body.plain(content),
        markup=mail_body.markup(content, chart_source=f"cid:{mail_body.CHART_ID}"),
        picture=mail_body.chart_picture(content),
        attachments=attachments,
        rows=content.rows,
        rows_in_mail=len(content.figures),
        slot_at=slot.at,
        data_as_of=content.data_as_of,
        customers=content.customers,
    )


def fitting(attachments: list[Attachment], most: int) -> list[Attachment]:
    """The files that one mail can hold, the first ones first."""
    chosen: list[Attachment] = []
    for each in attachments:
        if sum(len(other.content) for other in [*chosen, each]) * AS_IT_TRAVELS <= most:
            chosen.append(each)
    return chosen
