"""Who was forgotten stays forgotten: a restored backup is made to forget them again before anything is read from it.

Belongs here: finding erased customers at the source, and having them erased there. Not here: the erasure itself
(`operational_schema/functions/erasure.sql`, `orchestration/lifecycle/erasure.py`).

The ledger at the source names them; where a backup is older than the ledger's row, the warehouse's tombstones do.
"""

import psycopg

FIND = """
    select request.tenant_id, request.customer_id
    from public.erasure_requests as request
    inner join public.customer_profiles as person
        on person.tenant_id = request.tenant_id and person.id = request.customer_id
    where request.status = 'completed' or 'source' = any(request.steps_done)
"""
RECORD = """
    insert into public.erasure_requests (id, tenant_id, customer_id, status, reason, completed_at, steps_done)
    select %(request)s, person.tenant_id, person.id, 'completed', 'erased before the backup was restored', now(), '{source}'
    from public.customer_profiles as person
    where person.tenant_id = %(tenant)s and etl.pseudonym(person.tenant_id, person.id) = %(pseudonym)s
    on conflict (tenant_id, customer_id) do update
    set status = 'completed', completed_at = now(), error_message = null
"""


def obey(operational_url: str, warehouse_url: str, *, pseudonym_key: str) -> int:
    """Erase again, at the source, whoever was erased and is there. Returns how many were."""
    with psycopg.connect(warehouse_url) as warehouse:
        tombstones = warehouse.execute("select request_id, tenant_id, pseudonym from ops.tombstones").fetchall()
    with psycopg.connect(operational_url) as source:
        source.execute("select set_config('etl.pseudonym_key', %s, true)", (pseudonym_key,))
        known = {row[0] for row in source.execute("select id from public.erasure_requests").fetchall()}
        for request, tenant, pseudonym in tombstones:
            if request not in known:
                source.execute(RECORD, {"request": request, "tenant": tenant, "pseudonym": pseudonym})
        back = source.execute(FIND).fetchall()
        for tenant, customer in back:
            source.execute("select app.erase_customer(%s, %s, false)", (tenant, customer))
    return len(back)
