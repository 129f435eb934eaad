"""How many mails a tenant may send.

Belongs here: the limit of an hour. Not here: what becomes of the mails above it (`send.py`).
"""

from reports.errors import ReportError
from reports.report_rows import Connection, ReportRow

SETTING = "report_mails_per_hour"
DEFAULT = 10_000


def left(operational: Connection, report: ReportRow) -> int:
    """How many mails the report's tenant may send now. Raises ReportError for a setting that is no number."""
    row = operational.execute(
        """
        select
            (
                select count(*) from public.report_deliveries
                where tenant_id = %(tenant)s and sent_at > clock_timestamp() - interval '1 hour'
            ),
            (select setting_value from public.system_settings where tenant_id = %(tenant)s and setting_key = %(key)s)
        """,
        {"tenant": report.tenant_id, "key": SETTING},
    ).fetchone()
    sent, most = row or (0, None)
    if most is None:
        most = DEFAULT
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise ReportError(f"setting {SETTING} is no number of mails: write it as {DEFAULT}")
    return max(0, most - int(sent))
