"""Legal holds: what must be kept, by whom it is said, and until when.

Belongs here: placing, releasing and listing them. Not here: what they refuse (`operational_schema/functions/holds.sql`), and
the runs that go round them (`retention.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from orchestration.errors import WarehouseError

LIST = """
    select
        hold.id, tenant.slug as tenant,
        case
            when hold.conversation_id is not null then 'conversation ' || hold.conversation_id
            when hold.customer_id is not null then 'customer ' || hold.customer_id
            else 'all of the tenant'
        end as keeps,
        hold.reason, hold.created_at, hold.expires_at, hold.released_at,
        hold.released_at is null and coalesce(hold.expires_at > now(), true) as is_in_force
    from public.legal_holds as hold
    inner join public.tenants as tenant on tenant.id = hold.tenant_id
    where %(tenant)s::text is null or tenant.slug = %(tenant)s
    order by is_in_force desc, tenant.slug, hold.created_at, hold.id
"""


@dataclass(frozen=True)
class Hold:
    """A hold, in words."""

    id: UUID
    tenant: str
    keeps: str
    reason: str
    created_at: datetime
    expires_at: datetime | None
    released_at: datetime | None
    is_in_force: bool


def list_all(operational_url: str, *, tenant: str | None = None) -> list[Hold]:
    """The holds of a tenant or of all: first those in force."""
    with psycopg.connect(operational_url) as source:
        if tenant is not None:
            _tenant_id(source, tenant)
        with source.cursor(row_factory=class_row(Hold)) as cursor:
            return cursor.execute(LIST, {"tenant": tenant}).fetchall()


def place(
    operational_url: str,
    *,
    tenant: str,
    reason: str,
    conversation: UUID | None = None,
    customer: UUID | None = None,
    expires_at: datetime | None = None,
) -> UUID:
    """Place a hold on a conversation, on a customer, or, where neither is named, on all of the tenant. Returns its id."""
    if conversation and customer:
        raise WarehouseError("a hold is on a conversation or on a customer: place two")
    if not reason.strip():
        raise WarehouseError("a hold has a reason: say it with --reason")
    hold = uuid4()
    with psycopg.connect(operational_url) as source:
        tenant_id = _tenant_id(source, tenant)
        try:
            source.execute(
                "insert into public.legal_holds (id, tenant_id, conversation_id, customer_id, reason, expires_at) "
                "values (%s, %s, %s, %s, %s, %s)",
                (hold, tenant_id, conversation, customer, reason.strip(), expires_at),
            )
        except psycopg.errors.ForeignKeyViolation as error:
            what = (
                f"conversation {conversation}: of one that the source has forgotten there are facts, which a hold on its "
                "customer or on all of the tenant keeps"
                if conversation
                else f"customer {customer}"
            )
            raise WarehouseError(f"tenant {tenant} has no {what}") from error
        except psycopg.errors.CheckViolation as error:
            raise WarehouseError(f"a hold that ended at {expires_at} keeps nothing: name a later day") from error
    return hold


def release(operational_url: str, hold: UUID) -> None:
    """End a hold; the next run deletes what it kept, if nothing else keeps it."""
    with psycopg.connect(operational_url) as source:
        known = source.execute(
            "select released_at from public.legal_holds where id = %s for update", (hold,)
        ).fetchone()
        if known is None:
            raise WarehouseError(f"there is no hold {hold}: romashka holds list shows them")
        if known[0] is not None:
            raise WarehouseError(f"hold {hold} was released at {known[0]:%Y-%m-%d %H:%M %Z}")
        source.execute("update public.legal_holds set released_at = now() where id = %s", (hold,))


def _tenant_id(source: psycopg.Connection, slug: str) -> UUID:
    row = source.execute("select id from public.tenants where slug = %s", (slug,)).fetchone()
    if row is None:
        raise WarehouseError(f"there is no tenant {slug}")
    return UUID(str(row[0]))
