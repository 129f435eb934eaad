-- From the first message after a reply to the next reply.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day),
conversations as (
    select id, channel_type
    from public.conversations, today
    where tenant_id = :tenant and (created_at at time zone :zone)::date between today.day - 364 and today.day
),
said as (
    select c.channel_type, m.conversation_id, m.created_at,
        m.sender_type in ('agent', 'human', 'ai', 'assistant', 'bot') as is_reply,
        count(*) filter (where m.sender_type in ('agent', 'human', 'ai', 'assistant', 'bot')) over (
            partition by m.conversation_id order by m.created_at, m.ordinal, m.id
            rows between unbounded preceding and 1 preceding
        ) as stretch
    from conversations as c
    inner join public.messages as m on m.tenant_id = :tenant and m.conversation_id = c.id
    where not m.is_internal and m.sender_type <> 'system'
),
stretches as (
    select channel_type, min(created_at) filter (where not is_reply) as since, min(created_at) filter (where is_reply) as until
    from said group by channel_type, conversation_id, coalesce(stretch, 0)
),
waits as (
    select channel_type, (floor(extract(epoch from until) * 1000) - floor(extract(epoch from since) * 1000)) / 1000 as seconds from stretches where since is not null
)
select channel_type, count(*), count(seconds), round(avg(seconds), 3), max(seconds)
from waits group by channel_type order by channel_type
