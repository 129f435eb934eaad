"""Who may get a tenant's reports, and who wants them.

Belongs here: the rule. A recipient is a member of the tenant, or has an address in one of its allowed domains, and has not
unsubscribed. Not here: the form of an address (`addresses.py`), and what the ledger makes of a refusal (`ledger.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from reports.addresses import address
from reports.errors import ReportError
from reports.report_rows import Connection, ReportRow
from reports.unsubscribing import Subscription

SETTING = "report_allowed_domains"


@dataclass(frozen=True)
class Circle:
    """The members' addresses, the allowed domains, and who unsubscribed from one report; all in lower case."""

    members: frozenset[str]
    domains: frozenset[str]
    unsubscribed: frozenset[str]

    def refusal(self, recipient: str) -> str | None:
        """Why a recipient gets no mail; None where they do."""
        try:
            spec = address(recipient).addr_spec.lower()
        except ReportError as error:
            return str(error)
        if spec in self.unsubscribed:
            return "the recipient unsubscribed"
        if spec not in self.members and spec.rpartition("@")[2] not in self.domains:
            return f"not a member of the tenant, and not in its setting {SETTING}"
        return None


def circle(operational: Connection, report: ReportRow, *, around: str | None = None) -> Circle:
    """Who may get a report now; around one recipient, without the other members.

    Raises ReportError for a setting that is no list of domains.
    """
    row = operational.execute(
        """
        select
            (
                select array_agg(lower(email)) from public.profiles where tenant_id = %(tenant)s and is_active
                    and (%(around)s::text is null or lower(email) = %(around)s)
            ),
            (select setting_value from public.system_settings where tenant_id = %(tenant)s and setting_key = %(key)s),
            (
                select array_agg(recipient) from public.report_unsubscriptions
                where tenant_id = %(tenant)s and report_id = %(report)s
            )
        """,
        {
            "tenant": report.tenant_id,
            "report": report.id,
            "key": SETTING,
            "around": None if around is None else _spec(around),
        },
    ).fetchone()
    members, domains, unsubscribed = row or (None, None, None)
    return Circle(_known(members), _domains(domains), _known(unsubscribed))


def unsubscribe(operational: Connection, subscription: Subscription) -> None:
    """Note that an address wants no more mails of a report; noting it twice changes nothing."""
    operational.execute(
        """
        insert into public.report_unsubscriptions (tenant_id, report_id, recipient)
        select report.tenant_id, report.id, %s from public.scheduled_reports as report
        where report.tenant_id = %s and report.id = %s
        on conflict (tenant_id, report_id, recipient) do nothing
        """,
        (address(subscription.recipient).addr_spec.lower(), subscription.tenant_id, subscription.report_id),
    )


def _spec(recipient: str) -> str:
    try:
        return address(recipient).addr_spec.lower()
    except ReportError:
        return recipient


def _known(values: Iterable[str | None] | None) -> frozenset[str]:
    return frozenset(value for value in values or () if value)


def _domains(setting: object) -> frozenset[str]:
    if setting is None:
        return frozenset()
    if not isinstance(setting, list) or not all(isinstance(each, str) for each in setting):
        raise ReportError(f'setting {SETTING} is no list of domains: write it as ["example.com"]')
    return frozenset(each.lower() for each in setting)
