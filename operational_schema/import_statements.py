"""Customers, agents and conversations of a file: from the waiting rows to the tables.

Belongs here: SQL, in the order in which it has to run. Not here: tenants (`import_tenants.py`), what is refused
(`import_refusals.py`), and when it runs (`importing.py`). Every statement writes only what differs, so that importing a
file again writes nothing, and counts what it inserted and what it changed.
"""

# A customer whom the application knows by the same e-mail is the same person.
CUSTOMERS_KNOWN = """
    with stated as (
        select distinct on (customer.slug, customer.external_id) customer.slug, customer.external_id, customer.email
        from import_customers as customer
        where customer.email is not null
        order by customer.slug, customer.external_id, customer.line desc
    ), written as (
        update public.customer_profiles as known
        set external_id = stated.external_id
        from stated
        inner join public.tenants as tenant on tenant.slug = stated.slug
        where known.tenant_id = tenant.id and known.email = stated.email and known.external_id is null
        returning true
    )
    select 0, count(*) from written
"""

CUSTOMERS = """
    with stated as (
        select customer.id, customer.slug, customer.external_id,
            (array_agg(customer.name order by customer.line desc) filter (where customer.name is not null))[1] as name,
            (array_agg(customer.email order by customer.line desc) filter (where customer.email is not null))[1] as email,
            min(conversation.created_at) as created_at
        from import_customers as customer
        inner join import_conversations as conversation on conversation.line = customer.line
        group by customer.id, customer.slug, customer.external_id
    ), written as (
        insert into public.customer_profiles as known (id, tenant_id, external_id, name, email, created_at)
        select stated.id, tenant.id, stated.external_id, stated.name, stated.email, stated.created_at
        from stated inner join public.tenants as tenant on tenant.slug = stated.slug
        on conflict (tenant_id, external_id) do update set
            name = app.unless_masked(known.tenant_id, known.name, coalesce(excluded.name, known.name)),
            email = coalesce(excluded.email, known.email)
        where (
            app.unless_masked(known.tenant_id, known.name, coalesce(excluded.name, known.name)),
            coalesce(excluded.email, known.email)
        ) is distinct from (known.name, known.email)
        returning known.xmax = 0 as is_new
    )
    select count(*) filter (where written.is_new), count(*) filter (where not written.is_new) from written
"""

AGENTS = """
    with written as (
        insert into public.profiles (id, tenant_id, external_id, role, full_name)
        select distinct on (agent.id) agent.id, tenant.id, agent.external_id, 'agent', agent.external_id
        from import_agents as agent
        inner join public.tenants as tenant on tenant.slug = agent.slug
        order by agent.id
        on conflict (tenant_id, external_id) do nothing
        returning true
    )
    select count(*), 0 from written
"""

# Rows that an earlier import may have written and this file has no more: (id, conversation, place, kind). Ids of version
# 5 are derived from names; the application's are not.
MESSAGES_GONE = """
    select known.id, known.conversation_id, known.ordinal, 'message'
    from import_conversations as stated
    inner join public.tenants as tenant on tenant.slug = stated.slug
    inner join public.messages as known on known.tenant_id = tenant.id and known.conversation_id = stated.id
    where substr(known.id::text, 15, 1) = '5' and not exists (select from import_messages as kept where kept.id = known.id)
"""

EVENTS_GONE = """
    select known.id, known.conversation_id, known.ordinal, known.event_type
    from import_conversations as stated
    inner join public.tenants as tenant on tenant.slug = stated.slug
    inner join public.conversation_events as known on known.tenant_id = tenant.id and known.conversation_id = stated.id
    where substr(known.id::text, 15, 1) = '5' and not exists (select from import_events as kept where kept.id = known.id)
"""

# What the application has done to a conversation since it was imported is later than the file, and stays.
CONVERSATIONS = """
    with since as (
        select
            event.conversation_id,
            bool_or(event.event_type = 'status') as has_status,
            bool_or(event.event_type = 'assignment') as has_agent,
            bool_or(event.event_type = 'rating') as has_score
        from import_conversations as stated
        inner join public.tenants as tenant on tenant.slug = stated.slug
        inner join public.conversation_events as event
            on event.tenant_id = tenant.id and event.conversation_id = stated.id
        where not exists (select from import_events as imported where imported.id = event.id)
        group by event.conversation_id
    ), written as (
        insert into public.conversations as known (
            id, tenant_id, external_conversation_id, customer_id, user_name, user_email, assigned_agent_id, status,
            priority, channel_type, department, satisfaction_score, created_at, resolved_at, resolution_time_seconds
        )
        select
            stated.id, tenant.id, stated.external_id, customer.id, stated.user_name, stated.user_email,
            case when since.has_agent then present.assigned_agent_id else agent.id end,
            case when since.has_status then present.status else stated.status end,
            stated.priority, stated.channel_type, stated.department,
            case when since.has_score then present.satisfaction_score else stated.score end,
            stated.created_at,
            case when since.has_status then present.resolved_at else stated.resolved_at end,
            case when since.has_status then present.resolution_time_seconds else stated.resolution_seconds end
        from import_conversations as stated
        inner join public.tenants as tenant on tenant.slug = stated.slug
        left join public.customer_profiles as customer
            on customer.tenant_id = tenant.id and customer.external_id = stated.customer
        left join public.profiles as agent on agent.tenant_id = tenant.id and agent.external_id = stated.agent
        left join public.conversations as present on present.tenant_id = tenant.id and present.id = stated.id
        left join since on since.conversation_id = stated.id
        on conflict (id) do update set
            external_conversation_id = excluded.external_conversation_id,
            customer_id = excluded.customer_id,
            user_name = app.unless_masked(known.tenant_id, known.user_name, excluded.user_name),
            user_email = excluded.user_email,
            assigned_agent_id = excluded.assigned_agent_id,
            status = excluded.status,
            priority = excluded.priority,
            channel_type = excluded.channel_type,
            department = excluded.department,
            satisfaction_score = excluded.satisfaction_score,
            created_at = excluded.created_at,
            resolved_at = excluded.resolved_at,
            resolution_time_seconds = excluded.resolution_time_seconds
        where (
            known.external_conversation_id, known.customer_id, known.user_email, known.assigned_agent_id,
            known.status, known.priority, known.channel_type, known.department, known.satisfaction_score,
            known.created_at, known.resolved_at, known.resolution_time_seconds
        ) is distinct from (
            excluded.external_conversation_id, excluded.customer_id, excluded.user_email, excluded.assigned_agent_id,
            excluded.status, excluded.priority, excluded.channel_type, excluded.department,
            excluded.satisfaction_score, excluded.created_at, excluded.resolved_at, excluded.resolution_time_seconds
        ) or known.user_name is distinct from excluded.user_name and known.user_name
            is distinct from app.unless_masked(known.tenant_id, known.user_name, excluded.user_name)
        returning known.xmax = 0 as is_new
    )
    select count(*) filter (where written.is_new), count(*) filter (where not written.is_new) from written
"""

MESSAGES = """
    with written as (
        insert into public.messages as known (
            id, tenant_id, conversation_id, ordinal, sender_type, sender_id, content, is_internal, channel_type,
            confidence_score, created_at
        )
        select
            stated.id, tenant.id, stated.conversation_id, stated.ordinal, stated.sender_type, agent.id, stated.content,
            stated.is_internal, stated.channel_type, stated.confidence, stated.created_at
        from import_messages as stated
        inner join public.tenants as tenant on tenant.slug = stated.slug
        left join public.profiles as agent on agent.tenant_id = tenant.id and agent.external_id = stated.agent
        on conflict (id) do update set
            ordinal = excluded.ordinal,
            sender_type = excluded.sender_type,
            sender_id = excluded.sender_id,
            content = app.unless_masked(known.tenant_id, known.content, excluded.content),
            is_internal = excluded.is_internal,
            channel_type = excluded.channel_type,
            confidence_score = excluded.confidence_score,
            created_at = excluded.created_at
        where (
            known.ordinal, known.sender_type, known.sender_id, known.is_internal, known.channel_type,
            known.confidence_score, known.created_at
        ) is distinct from (
            excluded.ordinal, excluded.sender_type, excluded.sender_id, excluded.is_internal, excluded.channel_type,
            excluded.confidence_score, excluded.created_at
        ) or known.content <> excluded.content
            and known.content <> app.unless_masked(known.tenant_id, known.content, excluded.content)
        returning known.xmax = 0 as is_new
    )
    select count(*) filter (where written.is_new), count(*) filter (where not written.is_new) from written
"""

EVENTS = """
    with written as (
        insert into public.conversation_events as known (
            id, tenant_id, conversation_id, ordinal, event_type, from_status, to_status, from_agent_id, to_agent_id,
            score, occurred_at
        )
        select
            stated.id, tenant.id, stated.conversation_id, stated.ordinal, stated.event_type, stated.from_status,
            stated.to_status, from_agent.id, to_agent.id, stated.score, stated.occurred_at
        from import_events as stated
        inner join public.tenants as tenant on tenant.slug = stated.slug
        left join public.profiles as from_agent
            on from_agent.tenant_id = tenant.id and from_agent.external_id = stated.from_agent
        left join public.profiles as to_agent
            on to_agent.tenant_id = tenant.id and to_agent.external_id = stated.to_agent
        on conflict (id) do update set
            ordinal = excluded.ordinal,
            from_status = excluded.from_status,
            to_status = excluded.to_status,
            from_agent_id = excluded.from_agent_id,
            to_agent_id = excluded.to_agent_id,
            score = excluded.score,
            occurred_at = excluded.occurred_at
        where (
            known.ordinal, known.from_status, known.to_status, known.from_agent_id, known.to_agent_id, known.score,
            known.occurred_at
        ) is distinct from (
            excluded.ordinal, excluded.from_status, excluded.to_status, excluded.from_agent_id, excluded.to_agent_id,
            excluded.score, excluded.occurred_at
        )
        returning known.xmax = 0 as is_new
    )
    select count(*) filter (where written.is_new), count(*) filter (where not written.is_new) from written
"""
