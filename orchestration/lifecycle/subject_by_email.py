"""Who is meant by an e-mail address: a customer, or somebody who has written and has no profile.

Belongs here: finding them, and making the profile by which they are asked for. Not here: what is done about them
(`erasure.py`, `subject_export.py`).
"""

from uuid import UUID

import psycopg

from orchestration.errors import WarehouseError

KNOWN = """
    select person.id
    from public.customer_profiles as person
    inner join public.tenants as tenant on tenant.id = person.tenant_id
    where tenant.slug = %(tenant)s and lower(trim(person.email)) = lower(trim(%(email)s))
"""
# By the address alone: what else such a conversation bears may be somebody else's, and a search decides that.
MADE = """
    insert into public.customer_profiles (tenant_id, email)
    select tenant.id, trim(%(email)s)
    from public.tenants as tenant
    where tenant.slug = %(tenant)s and exists (
        select from public.conversations as conversation
        where conversation.tenant_id = tenant.id and conversation.customer_id is null
            and lower(trim(%(email)s)) = coalesce(lower(trim(conversation.user_email)), (
                select lower(trim(former.value)) from app.former_values as former
                where former.tenant_id = conversation.tenant_id and former.conversation_id = conversation.id
                    and former.kind = 'user_email'
                order by former.replaced_at desc limit 1
            ))
    )
    returning id
"""
# Whose rows are gone already: an erasure that was broken off is to go on, and one that is completed says so.
ERASED = """
    select request.customer_id
    from app.erased_identities as erased
    inner join public.tenants as tenant on tenant.id = erased.tenant_id and tenant.slug = %(tenant)s
    inner join public.erasure_requests as request on request.id = erased.request_id
    where erased.kind = 'email' and erased.digest = app.identity_digest(tenant.id, 'email', %(email)s)
"""


def customer_of(operational_url: str, *, tenant: str, email: str, pseudonym_key: str) -> UUID:
    """The customer's id. Who has written without a profile gets one, and with it the conversations of that address.

    `pseudonym_key` recognises whoever was erased. Raises WarehouseError, which does not repeat the address, where it is
    nobody's or several people's.
    """
    given = {"tenant": tenant, "email": email}
    with psycopg.connect(operational_url) as source:
        if source.execute("select from public.tenants where slug = %s", (tenant,)).rowcount == 0:
            raise WarehouseError(f"there is no tenant {tenant}")
        source.execute("select set_config('etl.pseudonym_key', %s, true)", (pseudonym_key,))
        for query in (KNOWN, MADE, ERASED):
            if found := source.execute(query, given).fetchall():
                break
    if len(found) != 1:
        whom = "several customers" if found else "nobody"
        raise WarehouseError(f"{whom} of tenant {tenant} {'have' if found else 'has'} that address: say --customer")
    return UUID(str(found[0][0]))
