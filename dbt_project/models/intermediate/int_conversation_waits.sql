-- How often and how long each customer waits: several messages in a row are one wait, and the next
-- reply ends it.
-- A message belongs to the stretch that the replies before it have opened; the reply that ends a
-- stretch is its last.
with stretched as (
    select
        messages.tenant_id,
        messages.conversation_id,
        messages.sender,
        messages.is_reply,
        messages.sent_at,
        messages.ai_so_far + messages.agent_so_far - cast(messages.is_reply as integer)
            as replies_before,
        messages.agent_so_far - cast(messages.sender = 'agent' as integer) as human_replies_before
    from {{ ref('int_public_messages') }} as messages
    where messages.sender in ('customer', 'ai', 'agent')
),

-- The replies of agents are some of the replies: what lies between two of them is whole stretches.
stretches as (
    select
        stretched.tenant_id,
        stretched.conversation_id,
        stretched.human_replies_before,
        min(stretched.sent_at) filter (where stretched.sender = 'customer') as began_at,
        min(stretched.sent_at) filter (where stretched.is_reply) as ended_at,
        min(stretched.sent_at) filter (where stretched.sender = 'agent') as ended_by_human_at
    from stretched
    group by
        stretched.tenant_id, stretched.conversation_id, stretched.replies_before,
        stretched.human_replies_before
),

human_stretches as (
    select
        stretches.tenant_id,
        stretches.conversation_id,
        min(stretches.began_at) as began_at,
        min(stretches.ended_by_human_at) as ended_at
    from stretches
    group by stretches.tenant_id, stretches.conversation_id, stretches.human_replies_before
),

waits as (
    select
        stretches.tenant_id,
        stretches.conversation_id,
        false as is_human,
        {{ ms_between('stretches.began_at', 'stretches.ended_at') }} as wait_ms
    from stretches
    where stretches.began_at is not null
    union all
    select
        human_stretches.tenant_id,
        human_stretches.conversation_id,
        true as is_human,
        {{ ms_between('human_stretches.began_at', 'human_stretches.ended_at') }} as wait_ms
    from human_stretches
    where human_stretches.began_at is not null
)

select
    waits.tenant_id,
    waits.conversation_id,
    count(*) filter (where not waits.is_human) as waits,
    count(waits.wait_ms) filter (where not waits.is_human) as answered_waits,
    cast(sum(waits.wait_ms) filter (where not waits.is_human) as bigint) as wait_ms_total,
    max(waits.wait_ms) filter (where not waits.is_human) as longest_wait_ms,
    count(*) filter (where waits.is_human) as human_waits,
    count(waits.wait_ms) filter (where waits.is_human) as human_answered_waits,
    cast(sum(waits.wait_ms) filter (where waits.is_human) as bigint) as human_wait_ms_total,
    max(waits.wait_ms) filter (where waits.is_human) as human_longest_wait_ms
from waits
group by waits.tenant_id, waits.conversation_id
