"""What stops an import, beyond the form of single lines: what lines say of each other, and what the database holds.

Belongs here: one query a reason. Not here: what is wrong with a line by itself (`import_form.py`).
"""

# Each returns at most one row (line, reason) that stops the import.
REFUSALS = (
    """
    select tenant.line, format('unknown time zone "%s": use a canonical IANA zone such as Europe/Berlin, or UTC', tenant.timezone)
    from import_tenants as tenant
    where not app.is_timezone(tenant.timezone)
    order by tenant.line limit 1
    """,
    """
    select tenant.line, format('tenant "%s" stands on line %s already', tenant.slug, earlier.line)
    from import_tenants as tenant
    inner join import_tenants as earlier on earlier.slug = tenant.slug and earlier.line < tenant.line
    order by tenant.line, earlier.line limit 1
    """,
    """
    select again.line, format('this conversation stands on line %s already', again.first_line)
    from (
        select conversation.line, min(conversation.line) over (partition by conversation.id) as first_line
        from import_conversations as conversation
    ) as again
    where again.line > again.first_line
    order by again.line limit 1
    """,
    """
    select conversation.line, 'this conversation_id belongs to another tenant'
    from import_conversations as conversation
    inner join public.conversations as known on known.id = conversation.id
    inner join public.tenants as tenant on tenant.id = known.tenant_id
    where tenant.slug <> conversation.slug
    order by conversation.line limit 1
    """,
    """
    select conversation.line, format('conversation "%s" is known by another id than an import gives it', conversation.external_id)
    from import_conversations as conversation
    inner join public.tenants as tenant on tenant.slug = conversation.slug
    inner join public.conversations as known
        on known.tenant_id = tenant.id and known.external_conversation_id = conversation.external_id
    where known.id <> conversation.id
    order by conversation.line limit 1
    """,
    """
    with stated as (
        select customer.slug, customer.external_id, customer.email, min(customer.line) as line
        from import_customers as customer
        where customer.email is not null
        group by customer.slug, customer.external_id, customer.email
    )
    select customer.line, format(
        'customer "%s" has the e-mail of customer "%s" on line %s', customer.external_id, earlier.external_id, earlier.line
    )
    from stated as customer
    inner join stated as earlier
        on earlier.slug = customer.slug and earlier.email = customer.email
        and earlier.external_id <> customer.external_id and earlier.line <= customer.line
    order by customer.line, earlier.line limit 1
    """,
    """
    select customer.line, format('customer "%s" has the e-mail of another customer of the tenant', customer.external_id)
    from import_customers as customer
    inner join public.tenants as tenant on tenant.slug = customer.slug
    inner join public.customer_profiles as known on known.tenant_id = tenant.id and known.email = customer.email
    where known.external_id <> customer.external_id or known.external_id is null and exists (
        select from public.customer_profiles as other
        where other.tenant_id = tenant.id and other.external_id = customer.external_id
    )
    order by customer.line limit 1
    """,
)
