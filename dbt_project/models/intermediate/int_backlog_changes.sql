-- By how much each conversation changes the backlog on which local day.
with changes as (
    select
        spans.tenant_id,
        spans.conversation_id,
        spans.status,
        spans.age,
        spans.begins_on as changed_on,
        1 as change
    from {{ ref('int_backlog_spans') }} as spans
    union all
    select
        spans.tenant_id,
        spans.conversation_id,
        spans.status,
        spans.age,
        spans.ends_on as changed_on,
        -1 as change
    from {{ ref('int_backlog_spans') }} as spans
    where isfinite(spans.ends_on)
)

select
    changes.tenant_id,
    changes.conversation_id,
    changes.changed_on,
    conversations.channel_type,
    conversations.department,
    sum(changes.change) filter (where changes.age is not null) as open_change,
    sum(changes.change) filter (where changes.status = 'active') as active_change,
    sum(changes.change) filter (where changes.status = 'pending') as pending_change,
    sum(changes.change) filter (where changes.status = 'escalated') as escalated_change,
    sum(changes.change) filter (where changes.status = 'unassigned') as unassigned_change,
    sum(changes.change) filter (where changes.age = 'under_1_day') as under_1_day_change,
    sum(changes.change) filter (where changes.age = '1_to_3_days') as from_1_to_3_days_change,
    sum(changes.change) filter (where changes.age = '3_to_7_days') as from_3_to_7_days_change,
    sum(changes.change) filter (where changes.age = '7_to_30_days') as from_7_to_30_days_change,
    sum(changes.change) filter (where changes.age = 'over_30_days') as over_30_days_change
from changes
inner join {{ ref('stg_conversations') }} as conversations
    on changes.tenant_id = conversations.tenant_id
    and changes.conversation_id = conversations.conversation_id
group by
    changes.tenant_id, changes.conversation_id, changes.changed_on, conversations.channel_type,
    conversations.department
