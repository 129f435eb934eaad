"""Whom an import does not bring back: people who were erased, with their conversations.

Belongs here: SQL that finds their lines and takes them out of the waiting rows. Not here: by what they are known
(`functions/erased_identities.sql`), and when it runs (`importing.py`). What was said in their conversations is dropped with
them: it names them in words that nobody remembers any more. Their facts are in the warehouse, and stay.
"""

import psycopg

FOUND = """
    create temporary table import_erased on commit drop as
    with stated as (
        select distinct customer.id, customer.slug, customer.external_id, customer.email
        from import_customers as customer
    ), erased as (
        select stated.slug, stated.external_id
        from stated
        inner join public.tenants as tenant on tenant.slug = stated.slug
        inner join public.erasure_requests as request on request.tenant_id = tenant.id and request.customer_id = stated.id
        where request.status = 'completed' or 'source' = any(request.steps_done)
        union
        select stated.slug, stated.external_id
        from stated
        inner join public.tenants as tenant on tenant.slug = stated.slug
        cross join lateral (values ('external_id', stated.external_id), ('email', stated.email)) as borne (kind, value)
        where tenant.id in (select known.tenant_id from app.erased_identities as known) and exists (
            select from app.erased_identities as known
            where known.tenant_id = tenant.id and known.kind = borne.kind
                and known.digest = app.identity_digest(tenant.id, borne.kind, borne.value)
        )
    )
    select customer.line, customer.id as customer_id, conversation.id
    from erased
    inner join import_customers as customer
        on customer.slug = erased.slug and customer.external_id = erased.external_id
    inner join import_conversations as conversation on conversation.line = customer.line
"""
PEOPLE = "select count(distinct customer_id) from import_erased"
DROPPED = {
    "conversations": "delete from import_conversations where line in (select line from import_erased)",
    "messages": "delete from import_messages where conversation_id in (select id from import_erased)",
    "events": "delete from import_events where conversation_id in (select id from import_erased)",
}
LINES = "delete from import_customers where line in (select line from import_erased)"


def drop(connection: psycopg.Connection) -> dict[str, int]:
    """Take them out. Returns how many people, conversations, messages and events that are."""
    connection.execute(FOUND)
    people = connection.execute(PEOPLE).fetchone()
    counts = {name: connection.execute(statement).rowcount for name, statement in DROPPED.items()}
    connection.execute(LINES)
    return {"customers": people[0] if people else 0, **counts}
