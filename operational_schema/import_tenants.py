"""Tenants of a file, their hours, special days and targets: from the waiting rows to the tables.

Belongs here: SQL for what is the tenant's own. Not here: customers, agents and conversations (`import_statements.py`),
and when it runs (`importing.py`). Every statement writes only what differs.
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

# In this order, after the tenants themselves.
BESIDE = (SCHEDULES, HOURS_GONE, HOURS, SPECIAL_DAYS_GONE, SPECIAL_DAYS, SETTINGS)
