-- How often each conversation goes from the AI to an agent, and why the last time.
with ranked as (
    select
        handoffs.tenant_id,
        handoffs.conversation_id,
        handoffs.reason,
        row_number() over (
            partition by handoffs.tenant_id, handoffs.conversation_id
            order by handoffs.handed_off_at desc, handoffs.transfer_id desc
        ) as place_from_last
    from {{ ref('int_handoffs') }} as handoffs
)

select
    ranked.tenant_id,
    ranked.conversation_id,
    cast(count(*) as integer) as handoff_count,
    max(ranked.reason) filter (where ranked.place_from_last = 1) as handoff_reason
from ranked
group by ranked.tenant_id, ranked.conversation_id
