"""Putting right what is held about a person, wherever the source has a copy of it.

Belongs here: the person's name, address and telephone number, and the columns that repeat them. Not here: what was said or
exchanged: messages, notes and payloads are a record of what happened. The warehouse holds none of the three, and its pseudonym
is made of the customer's key: the same person stays one person whatever is put right.
"""

from dataclasses import dataclass
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from orchestration.databases import connect
from orchestration.errors import WarehouseError
from orchestration.lifecycle import subject_tables
from reports import addresses
from reports.errors import ReportError

LONGEST = 500
PERSON = """
    select tenant.id, customer.name, customer.email, customer.phone
    from public.tenants as tenant
    inner join public.customer_profiles as customer on customer.tenant_id = tenant.id and customer.id = %s
    where tenant.slug = %s
    for update of customer
"""
# A conversation may have begun under another name or address: only what repeats the old value is a copy of it.
COPIES = {
    "name": (
        ("conversations", "user_name = %(new)s", "customer_id = %(customer)s and user_name = %(old)s"),
    ),
    "email": (
        ("conversations", "user_email = %(new)s", "customer_id = %(customer)s and lower(user_email) = lower(%(old)s)"),
        (
            "customer_sync_mapping",
            "external_id = %(new)s",
            "customer_profile_id = %(customer)s and lower(external_id) = lower(%(old)s)",
        ),
    ),
    "phone": (
        ("conversations", "customer_phone = %(new)s", "customer_id = %(customer)s and customer_phone = %(old)s"),
        ("customer_sync_mapping", "external_id = %(new)s", "customer_profile_id = %(customer)s and external_id = %(old)s"),
    ),
}  # fmt: skip
# The address within `Ada <ada@example.org>`, and the same with the new one.
_SPEC = "lower(coalesce(substring({0} from '<([^<>]*)>\\s*$'), {0})) = lower(%(old)s)"
_NEW = "case when {0} ~ '>\\s*$' then regexp_replace({0}, '<[^<>]*>\\s*$', '<' || %(new)s || '>') else %(new)s end"
_IS_OLD, _AS_NEW = _SPEC.format("recipient"), _NEW.format("recipient")
_RECIPIENTS = (
    "{column} = array(select told from (select case when "  # noqa: S608 (constants)
    + _SPEC.format("given")
    + " then "
    + _NEW.format("given")
    + " else given end as told, place from unnest({column}) with ordinality as each (given, place)) as kept "
    "group by told order by min(place))"
)
_HAS_OLD = "exists (select from unnest({column}) as given where " + _SPEC.format("given") + ")"
# In this order: who had both addresses gets no mail twice, and whoever wanted no more mails still gets none.
MAILS = (
    (
        "report_deliveries",
        "state = 'skipped', reason = 'the address was put right: the right one has this mail already'",
        f"state in ('queued', 'held') and {_IS_OLD} and exists (select from public.report_deliveries as other "
        "where other.tenant_id = found.tenant_id and other.report_id = found.report_id "
        "and other.slot_local = found.slot_local and other.recipient = "
        + _AS_NEW.replace("recipient", "found.recipient")
        + ")",
    ),
    ("report_deliveries", f"recipient = {_AS_NEW}", f"state in ('queued', 'held') and {_IS_OLD}"),
    (
        "report_unsubscriptions",
        "recipient = lower(%(new)s)",
        "recipient = lower(%(old)s) and not exists (select from public.report_unsubscriptions as other "
        "where other.tenant_id = found.tenant_id and other.report_id = found.report_id and other.recipient = lower(%(new)s))",
    ),
    ("scheduled_reports", _RECIPIENTS.format(column="recipients"), _HAS_OLD.format(column="recipients")),
    ("alert_rules", _RECIPIENTS.format(column="recipients"), _HAS_OLD.format(column="recipients")),
)


@dataclass(frozen=True)
class Rectified:
    """How many rows were put right, by table."""

    rows: dict[str, int]


def rectify(operational_url: str, *, tenant: str, customer: UUID, right: dict[str, str | None]) -> Rectified:
    """Put name, email or phone right, and what repeats them, in one transaction; logged without the values."""
    given = {column: _checked(column, value) for column, value in right.items() if value is not None}
    if not given:
        raise WarehouseError("say what is right: --name, --email or --phone")
    with connect(operational_url) as source:
        found = source.execute(PERSON, (customer, tenant)).fetchone()
        if found is None:
            raise subject_tables.unknown(source, tenant=tenant, customer=customer)
        before = dict(zip(COPIES, found[1:], strict=True))
        changed = {column: value for column, value in given.items() if value != before[column]}
        rows: dict[str, int] = {}
        try:
            for column, value in changed.items():
                keys = {"tenant": found[0], "customer": customer, "old": before[column], "new": value}
                _put_right(source, column, keys, rows)
        except psycopg.errors.UniqueViolation as error:
            raise WarehouseError(
                f"another customer of {tenant} has this already ({error.diag.constraint_name}): merge the two first"
            ) from error
        if changed:
            _tell_others(source, found[0], customer, rows)
            _log(source, found[0], customer, sorted(changed), rows)
    return Rectified(rows)


def _checked(column: str, value: str) -> str:
    value = value.strip()
    if not value or len(value) > LONGEST or addresses.one_line(value) != value:
        raise WarehouseError(f"--{column} is empty, longer than {LONGEST} characters, or not one line")
    if column == "email":
        try:
            return addresses.address(value).addr_spec
        except ReportError as error:
            raise WarehouseError(f"--email: {error}") from error
    return value


def _put_right(source: psycopg.Connection, column: str, keys: dict[str, object], rows: dict[str, int]) -> None:
    _change(source, "customer_profiles", f"{column} = %(new)s", "id = %(customer)s", keys, rows)
    if keys["old"] is not None:
        for table, change, where in (*COPIES[column], *(MAILS if column == "email" else ())):
            _change(source, table, change, where, keys, rows)


def _tell_others(source: psycopg.Connection, tenant: UUID, customer: UUID, rows: dict[str, int]) -> None:
    """The next synchronisation brings what is right to the other systems."""
    keys: dict[str, object] = {"tenant": tenant, "customer": customer}
    mapped = "customer_profile_id = %(customer)s and sync_status <> 'pending'"
    _change(source, "customer_sync_mapping", "sync_status = 'pending'", mapped, keys, rows)


def _change(
    source: psycopg.Connection, table: str, change: str, where: str, keys: dict[str, object], rows: dict[str, int]
) -> None:
    statement = f"update public.{table} as found set {change} where found.tenant_id = %(tenant)s and {where}"  # noqa: S608 (constants)
    if count := source.execute(statement.encode(), keys).rowcount:
        rows[table] = rows.get(table, 0) + count


def _log(source: psycopg.Connection, tenant: UUID, customer: UUID, columns: list[str], rows: dict[str, int]) -> None:
    changes = {name: {"old": None, "new": value} for name, value in {"columns": columns, "rows": rows}.items()}
    source.execute(
        "select app.log_audit(%s, 'rectify', 'customer_profiles', %s, %s)", (tenant, customer, Jsonb(changes))
    )
