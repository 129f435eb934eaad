"""What stops an import for what the file says as a whole, or for what the database already holds.

Belongs here: queries over the waiting rows. Not here: what a single line may say (`import_form.py`), and how the rows are taken
(`import_statements.py`).
"""

# Each returns at most one row (line, reason) that stops the import.
REFUSALS = (
    """
    select tenant.line, format('unknown time zone "%s": use a canonical IANA zone such as Europe/Berlin, or UTC', tenant.timezone)
    from import_tenants as tenant
    where tenant.timezone <> 'UTC' and not (
        tenant.timezone ~ '^[A-Z][A-Za-z]+/[A-Za-z0-9_+/-]+$'
        and tenant.timezone in (select zone.name from pg_timezone_names as zone)
    )
    order by tenant.line limit 1
    """,
    """
    select tenant.line, format('tenant "%s" has a line of its own already', tenant.slug)
    from import_tenants as tenant
    inner join import_tenants as earlier on earlier.slug = tenant.slug and earlier.line < tenant.line
    order by tenant.line limit 1
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
    select customer.line, format('customer "%s" has the e-mail of customer "%s"', customer.external_id, earlier.external_id)
    from import_customers as customer
    inner join import_customers as earlier
        on earlier.slug = customer.slug and earlier.email = customer.email
        and earlier.external_id <> customer.external_id and earlier.line <= customer.line
    order by customer.line limit 1
    """,
    """
    select customer.line, format('customer "%s" has the e-mail of another customer of the tenant', customer.external_id)
    from import_customers as customer
    inner join public.tenants as tenant on tenant.slug = customer.slug
    inner join public.customer_profiles as known on known.tenant_id = tenant.id and known.email = customer.email
    where known.external_id <> customer.external_id
    order by customer.line limit 1
    """,
)
