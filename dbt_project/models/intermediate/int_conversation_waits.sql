-- How often and how long each customer waits: several messages in a row are one wait, and the next
-- reply ends it.
with messages as (
    select
        public_messages.tenant_id,
        public_messages.conversation_id,
        public_messages.sender,
        public_messages.is_reply,
        public_messages.place,
        public_messages.sent_at
    from {{ ref('int_public_messages') }} as public_messages
    where public_messages.sender in ('customer', 'ai', 'agent')
),

-- A message belongs to the stretch that the replies before it have opened; the reply that ends a
-- stretch is its last.
stretched as (
    select
        messages.*,
        count(*) filter (where messages.is_reply) over up_to_before as replies_before,
        count(*) filter (where messages.sender = 'agent') over up_to_before as human_replies_before
    from messages
    window up_to_before as (
        partition by messages.tenant_id, messages.conversation_id
        order by messages.place
        rows between unbounded preceding and 1 preceding
    )
),

stretches as (
    select
        stretched.tenant_id,
        stretched.conversation_id,
        min(stretched.sent_at) filter (where stretched.sender = 'customer') as began_at,
        min(stretched.sent_at) filter (where stretched.is_reply) as ended_at
    from stretched
    group by stretched.tenant_id, stretched.conversation_id, stretched.replies_before
),

human_stretches as (
    select
        stretched.tenant_id,
        stretched.conversation_id,
        min(stretched.sent_at) filter (where stretched.sender = 'customer') as began_at,
        min(stretched.sent_at) filter (where stretched.sender = 'agent') as ended_at
    from stretched
    group by stretched.tenant_id, stretched.conversation_id, stretched.human_replies_before
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
