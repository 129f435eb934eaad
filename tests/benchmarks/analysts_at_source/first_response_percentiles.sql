-- The first reply after the first customer message, exactly.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day),
conversations as (
    select id, channel_type
    from public.conversations, today
    where tenant_id = :tenant and (created_at at time zone :zone)::date between today.day - 364 and today.day
),
asked as (
    select distinct on (m.conversation_id) m.conversation_id, m.created_at, m.ordinal, m.id
    from public.messages as m
    where m.tenant_id = :tenant and not m.is_internal and m.sender_type in ('user', 'customer', 'visitor')
        and m.conversation_id in (select id from conversations)
    order by m.conversation_id, m.created_at, m.ordinal, m.id
),
answered as (
    select asked.conversation_id, asked.created_at as asked_at, min(m.created_at) as answered_at,
        min(m.created_at) filter (where m.sender_type in ('agent', 'human')) as by_human_at
    from asked
    inner join public.messages as m on m.tenant_id = :tenant and m.conversation_id = asked.conversation_id
        and not m.is_internal and m.sender_type in ('agent', 'human', 'ai', 'assistant', 'bot')
        and (m.created_at, m.ordinal, m.id) > (asked.created_at, asked.ordinal, asked.id)
    group by asked.conversation_id, asked.created_at
),
seconds as (
    select conversations.channel_type, (floor(extract(epoch from answered_at) * 1000) - floor(extract(epoch from asked_at) * 1000)) / 1000 as any_seconds
    from conversations inner join answered on answered.conversation_id = conversations.id
)
select channel_type, count(*),
    percentile_cont(0.5) within group (order by any_seconds::float8),
    percentile_cont(0.9) within group (order by any_seconds::float8),
    percentile_cont(0.95) within group (order by any_seconds::float8)
from seconds group by channel_type order by channel_type
