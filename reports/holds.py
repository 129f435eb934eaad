"""Legal holds, as far as files are concerned: whose may not go, although their days are over.

Belongs here: which tenants are held, and whose a mail is. Not here: placing holds, and what they refuse in the database.
"""

from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

import psycopg

Connection = psycopg.Connection[tuple[object, ...]]

# A hold must be over at both instants: one that ends before a day to come is in force today.
HELD = """
    select tenant.slug from public.tenants as tenant
    where app.hold_on_customer(tenant.id, null, least(%s, now())) is not null
"""
OF_TENANT = """
    select tenant.slug
    from public.report_deliveries as delivery
    inner join public.tenants as tenant on tenant.id = delivery.tenant_id
    where delivery.message_id = %s
"""


def held_tenants(operational: Connection, at: datetime) -> frozenset[str]:
    """The tenants of whom all is under a hold at an instant."""
    return frozenset(str(slug) for (slug,) in operational.execute(HELD, (at,)).fetchall())


def tenant_of(operational: Connection, mail: Path) -> str | None:
    """Whose report a mail is; None for a notice, which is in no ledger."""
    headers = message_from_bytes(mail.read_bytes(), policy=policy.default)
    row = operational.execute(OF_TENANT, (headers["Message-ID"],)).fetchone()
    return str(row[0]) if row else None
