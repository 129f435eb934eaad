-- On the evenings of which days each conversation is open, in which status, how old, and whose.
with tenants as (
    select
        stg_tenants.tenant_id,
        stg_tenants.timezone
    from {{ ref('stg_tenants') }} as stg_tenants
),

evenings as (
    select
        changes.tenant_id,
        changes.conversation_id,
        changes.status,
        changes.is_ended,
        {{ local_day('changes.entered_at', 'tenants.timezone') }} as begins_on,
        {{ local_day('least(changes.left_at, changes.forgotten_at)', 'tenants.timezone') }}
            as ends_on
    from {{ ref('int_status_changes') }} as changes
    inner join tenants on changes.tenant_id = tenants.tenant_id
    where isfinite(changes.entered_at)
),

open_evenings as (
    select
        evenings.tenant_id,
        evenings.conversation_id,
        case when evenings.status = 'unknown' then 'active' else evenings.status end as status,
        conversations.started_on,
        evenings.begins_on,
        evenings.ends_on
    from evenings
    inner join {{ ref('int_conversations_described') }} as conversations
        on evenings.tenant_id = conversations.tenant_id
        and evenings.conversation_id = conversations.conversation_id
    where
        not evenings.is_ended
        and evenings.begins_on < coalesce(evenings.ends_on, date 'infinity')
),

unassigned_evenings as (
    select
        held.tenant_id,
        held.conversation_id,
        {{ local_day('held.held_from', 'tenants.timezone') }} as begins_on,
        {{ local_day('held.held_until', 'tenants.timezone') }} as ends_on
    from {{ ref('int_assignment_spans') }} as held
    inner join tenants on held.tenant_id = tenants.tenant_id
    where held.agent_id is null and isfinite(held.held_from)
)

select
    open_evenings.tenant_id,
    open_evenings.conversation_id,
    open_evenings.status,
    ages.name as age,
    greatest(open_evenings.begins_on, open_evenings.started_on + ages.from_days) as begins_on,
    least(open_evenings.ends_on, open_evenings.started_on + ages.until_days) as ends_on
from open_evenings
cross join (
    values
    ('under_1_day', 0, 1), ('1_to_3_days', 1, 3), ('3_to_7_days', 3, 7), ('7_to_30_days', 7, 30),
    ('over_30_days', 30, null)
) as ages (name, from_days, until_days)
where
    greatest(open_evenings.begins_on, open_evenings.started_on + ages.from_days)
    < coalesce(
        least(open_evenings.ends_on, open_evenings.started_on + ages.until_days),
        date 'infinity'
    )
union all
select
    open_evenings.tenant_id,
    open_evenings.conversation_id,
    'unassigned' as status,
    null as age,
    greatest(open_evenings.begins_on, unassigned_evenings.begins_on) as begins_on,
    least(open_evenings.ends_on, unassigned_evenings.ends_on) as ends_on
from open_evenings
inner join unassigned_evenings
    on open_evenings.tenant_id = unassigned_evenings.tenant_id
    and open_evenings.conversation_id = unassigned_evenings.conversation_id
where
    greatest(open_evenings.begins_on, unassigned_evenings.begins_on)
    < coalesce(least(open_evenings.ends_on, unassigned_evenings.ends_on), date 'infinity')
