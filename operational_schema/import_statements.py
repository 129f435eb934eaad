"""From the waiting rows of a file to the tables: SQL, in the order in which it has to run.

Belongs here: how each table takes the rows. Not here: what is refused (`import_refusals.py`), and when (`importing.py`). Every
statement writes only what differs, so that importing a file again writes nothing.
"""

# What these count is shown; "new" is a row that was not there.
TENANTS = """
    with named as (
        select tenant.slug, tenant.name, tenant.timezone, true as has_line from import_tenants as tenant
        union all
        select distinct conversation.slug, conversation.slug, 'UTC', false
        from import_conversations as conversation
        where conversation.slug not in (select tenant.slug from import_tenants as tenant)
            and conversation.slug not in (select known.slug from public.tenants as known)
    ), written as (
        insert into public.tenants as known (slug, name, timezone)
        select named.slug, named.name, named.timezone from named
        on conflict (slug) do update set name = excluded.name, timezone = excluded.timezone
        where (known.name, known.timezone) is distinct from (excluded.name, excluded.timezone)
        returning known.id, known.slug, known.xmax = 0 as is_new
    ), weekdays as (
        insert into import_hours (slug, weekday, opens_at, closes_at)
        select written.slug, day.number, '09:00', '17:00'
        from written
        inner join named on named.slug = written.slug
        cross join generate_series(1, 5) as day (number)
        where written.is_new and not exists (
            select 1 from import_tenants as tenant where tenant.slug = written.slug and tenant.has_hours
        )
    )
    select count(*) filter (where written.is_new), count(*) filter (where not written.is_new) from written
"""

SCHEDULES = """
    insert into public.tenant_business_schedules (tenant_id)
    select tenant.id
    from public.tenants as tenant
    where tenant.slug in (
        select hours.slug from import_hours as hours
        union select stated.slug from import_tenants as stated where stated.has_hours
    )
    on conflict (tenant_id, valid_from) do nothing
"""

HOURS_GONE = """
    delete from public.tenant_business_hours as known
    using public.tenant_business_schedules as schedule, public.tenants as tenant, import_tenants as stated
    where schedule.id = known.schedule_id and schedule.valid_from = '0001-01-01'
        and tenant.id = schedule.tenant_id and stated.slug = tenant.slug and stated.has_hours
        and not exists (
            select 1 from import_hours as hours
            where hours.slug = tenant.slug and hours.weekday = known.weekday
                and hours.opens_at = known.opens_at and hours.closes_at = known.closes_at
        )
"""

HOURS = """
    insert into public.tenant_business_hours (tenant_id, schedule_id, weekday, opens_at, closes_at)
    select schedule.tenant_id, schedule.id, hours.weekday, hours.opens_at, hours.closes_at
    from import_hours as hours
    inner join public.tenants as tenant on tenant.slug = hours.slug
    inner join public.tenant_business_schedules as schedule
        on schedule.tenant_id = tenant.id and schedule.valid_from = '0001-01-01'
    on conflict (tenant_id, schedule_id, weekday, opens_at) do nothing
"""

SPECIAL_DAYS_GONE = """
    delete from public.tenant_special_days as known
    using public.tenants as tenant, import_special_days as stated
    where tenant.id = known.tenant_id and stated.slug = tenant.slug and stated.day = known.day
        and not exists (
            select 1 from import_special_days as kept
            where kept.slug = tenant.slug and kept.day = known.day
                and (kept.opens_at, kept.closes_at) is not distinct from (known.opens_at, known.closes_at)
        )
"""

SPECIAL_DAYS = """
    insert into public.tenant_special_days (tenant_id, day, opens_at, closes_at)
    select tenant.id, stated.day, stated.opens_at, stated.closes_at
    from import_special_days as stated
    inner join public.tenants as tenant on tenant.slug = stated.slug
    on conflict (tenant_id, day, opens_at) do nothing
"""

SETTINGS = """
    insert into public.system_settings as known (tenant_id, setting_key, setting_value)
    select tenant.id, stated.setting_key, stated.setting_value
    from import_settings as stated
    inner join public.tenants as tenant on tenant.slug = stated.slug
    on conflict (tenant_id, setting_key) do update set setting_value = excluded.setting_value
    where known.setting_value is distinct from excluded.setting_value
"""

# A customer whom the application knows by the same e-mail is the same person.
CUSTOMERS_KNOWN = """
    update public.customer_profiles as known
    set external_id = stated.external_id
    from import_customers as stated
    inner join public.tenants as tenant on tenant.slug = stated.slug
    where known.tenant_id = tenant.id and known.email = stated.email and known.external_id is null
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
            name = coalesce(excluded.name, known.name), email = coalesce(excluded.email, known.email)
        where (coalesce(excluded.name, known.name), coalesce(excluded.email, known.email))
            is distinct from (known.name, known.email)
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

CONVERSATIONS = """
    with written as (
        insert into public.conversations as known (
            id, tenant_id, external_conversation_id, customer_id, user_name, user_email, assigned_agent_id, status,
            priority, channel_type, department, satisfaction_score, created_at, resolved_at, resolution_time_seconds
        )
        select
            stated.id, tenant.id, stated.external_id, customer.id, stated.user_name, stated.user_email, agent.id,
            stated.status, stated.priority, stated.channel_type, stated.department, stated.score, stated.created_at,
            stated.resolved_at, stated.resolution_seconds
        from import_conversations as stated
        inner join public.tenants as tenant on tenant.slug = stated.slug
        left join public.customer_profiles as customer
            on customer.tenant_id = tenant.id and customer.external_id = stated.customer
        left join public.profiles as agent on agent.tenant_id = tenant.id and agent.external_id = stated.agent
        on conflict (id) do update set
            external_conversation_id = excluded.external_conversation_id,
            customer_id = excluded.customer_id,
            user_name = excluded.user_name,
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
            known.external_conversation_id, known.customer_id, known.user_name, known.user_email,
            known.assigned_agent_id, known.status, known.priority, known.channel_type, known.department,
            known.satisfaction_score, known.created_at, known.resolved_at, known.resolution_time_seconds
        ) is distinct from (
            excluded.external_conversation_id, excluded.customer_id, excluded.user_name, excluded.user_email,
            excluded.assigned_agent_id, excluded.status, excluded.priority, excluded.channel_type,
            excluded.department, excluded.satisfaction_score, excluded.created_at, excluded.resolved_at,
            excluded.resolution_time_seconds
        )
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
            content = excluded.content,
            is_internal = excluded.is_internal,
            channel_type = excluded.channel_type,
            confidence_score = excluded.confidence_score,
            created_at = excluded.created_at
        where (
            known.ordinal, known.sender_type, known.sender_id, known.content, known.is_internal, known.channel_type,
            known.confidence_score, known.created_at
        ) is distinct from (
            excluded.ordinal, excluded.sender_type, excluded.sender_id, excluded.content, excluded.is_internal,
            excluded.channel_type, excluded.confidence_score, excluded.created_at
        )
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
