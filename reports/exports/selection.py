"""What an export holds: a kind of row, of one tenant, of some days.

Belongs here: the choices and their SQL. Not here: the file (`writing.py`).
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from psycopg import sql

from reports.errors import ReportError

Kind = Literal["conversations", "analytics", "customers"]
DateForm = Literal["iso", "local", "unix"]

# Customers are known to the marts by pseudonym only: no name and no address can leave this way.
_CUSTOMERS = """(
    select
        c.tenant_id, c.customer_key, min(c.started_at) as first_started_at, max(c.started_at) as last_started_at,
        count(*) as conversations, count(*) filter (where c.resolved_by is not null) as resolved_conversations,
        sum(c.customer_messages)::bigint as customer_messages,
        avg(c.customer_satisfaction)::numeric(7, 6) as avg_customer_satisfaction,
        count(c.customer_satisfaction) as ratings, sum(c.revenue_generated)::numeric(14, 2) as revenue_generated
    from marts.conversation_analytics as c
    where c.tenant_id = {tenant} and c.customer_key is not null and {conditions}
    group by c.tenant_id, c.customer_key
)"""
_TABLES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # relation, the day that a range is of, order
    "conversations": ("marts.conversation_analytics", "started_on", ("started_on", "started_at", "conversation_id")),
    "analytics": ("marts.daily_metrics", "date", ("date", "channel_type", "department", "agent_id")),
    "customers": (_CUSTOMERS, "started_on", ("first_started_at", "customer_key")),
}
_LISTS = {"channels": "channel_type", "departments": "department", "status": "status"}
_KNOWN = ("from", "to", *_LISTS, "includeHeaders", "dateFormat", "rawText")


@dataclass(frozen=True)
class Selection:
    """Rows of one tenant: days from `first` to `last`, both included; empty lists are all."""

    tenant: UUID
    kind: Kind
    first: date | None = None
    last: date | None = None
    channels: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    headers: bool = True
    dates: DateForm = "iso"
    raw_text: bool = False
    most_rows: int | None = None

    @property
    def relation(self) -> sql.Composable:
        """What is read, as something that a query selects from under the name `exported`."""
        relation, day, _ = _TABLES[self.kind]
        conditions = self._conditions(day)
        if self.kind == "customers":
            return sql.SQL(relation).format(conditions=conditions, tenant=sql.Literal(self.tenant))
        return sql.SQL("(select c.* from {} as c where c.tenant_id = {} and {})").format(
            sql.SQL(relation), sql.Literal(self.tenant), conditions
        )  # fmt: skip

    @property
    def day(self) -> str | None:
        """The day of a row, by which the rows are ordered first; None where a row is of many days."""
        _, day, order = _TABLES[self.kind]
        return day if order[0] == day else None

    @property
    def order(self) -> tuple[str, ...]:
        """Columns by which the rows are ordered: the same rows make the same file."""
        return _TABLES[self.kind][2]

    def _conditions(self, day: str) -> sql.Composable:
        found: list[sql.Composable] = [sql.SQL("true")]
        column = sql.Identifier("c", day)
        if self.first:
            found.append(sql.SQL("{} >= {}").format(column, sql.Literal(self.first)))
        if self.last:
            found.append(sql.SQL("{} <= {}").format(column, sql.Literal(self.last)))
        for name, of in _LISTS.items():
            if chosen := list(getattr(self, name)):
                found.append(sql.SQL("{} = any({})").format(sql.Identifier("c", of), sql.Literal(chosen)))
        return sql.SQL(" and ").join(found)


def parse(tenant: UUID, kind: str, filters: object, *, most_rows: int | None = None) -> Selection:
    """Read the type and the filters of an export. Raises ReportError for what would be ignored in silence."""
    if kind not in _TABLES:
        raise ReportError(f'"{kind}" is nothing that is exported: known are {", ".join(_TABLES)}')
    if not isinstance(filters, dict):
        raise ReportError("filters are not an object of names and values")
    if unknown := sorted(str(key) for key in filters.keys() - set(_KNOWN)):
        raise ReportError(f"unknown filter {', '.join(unknown)}: known are {', '.join(_KNOWN)}")
    if kind == "analytics" and filters.get("status"):
        raise ReportError("filter status is of conversations: the rows of analytics are days")
    dates = filters.get("dateFormat", "iso")
    if dates not in ("iso", "local", "unix"):
        raise ReportError(f'filter dateFormat "{dates}" is unknown: use iso, local or unix')
    lists = {name: _texts(name, filters.get(name, [])) for name in _LISTS}
    return Selection(
        tenant=tenant,
        kind=kind,  # type: ignore[arg-type]
        first=_day("from", filters.get("from")),
        last=_day("to", filters.get("to")),
        headers=_switch("includeHeaders", filters.get("includeHeaders"), default=True),
        raw_text=_switch("rawText", filters.get("rawText"), default=False),
        dates=dates,
        most_rows=most_rows,
        **lists,
    )


def _day(name: str, value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ReportError(f'filter {name} "{value}" is no day: write YYYY-MM-DD') from error


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ReportError(f"filter {name} is not a list of texts")
    return tuple(value)


def _switch(name: str, value: object, *, default: bool) -> bool:
    if value not in (None, True, False):
        raise ReportError(f"filter {name} is neither true nor false")
    return default if value is None else bool(value)
