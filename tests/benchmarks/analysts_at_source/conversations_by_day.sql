-- Who had answered before the last end, from messages and events.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day),
ended (word) as (values ('resolved'), ('closed'), ('abandoned')),
conversations as (
    select id, status, created_at, (created_at at time zone :zone)::date as day
    from public.conversations, today
    where tenant_id = :tenant and (created_at at time zone :zone)::date between today.day - 29 and today.day
),
changes as (
    select conversation_id, to_status, occurred_at, ordinal, id,
        lag(to_status) over (partition by conversation_id order by occurred_at, ordinal, id) as before
    from public.conversation_events
    where tenant_id = :tenant and event_type = 'status' and conversation_id in (select id from conversations)
),
ends as (
    select distinct on (conversation_id) conversation_id, occurred_at, ordinal, id
    from changes
    where to_status in (select word from ended) and coalesce(before, '') not in (select word from ended)
    order by conversation_id, occurred_at desc, ordinal desc, id desc
),
said as (
    select conversations.id, conversations.day, conversations.status in (select word from ended) as is_ended,
        bool_or(not m.is_internal and m.sender_type in ('agent', 'human')
            and (m.created_at, m.ordinal, m.id) < (ends.occurred_at, ends.ordinal, ends.id)) as by_agent,
        bool_or(not m.is_internal and m.sender_type in ('ai', 'assistant', 'bot')
            and (m.created_at, m.ordinal, m.id) < (ends.occurred_at, ends.ordinal, ends.id)) as by_ai,
        coalesce(bool_or(not m.is_internal and m.sender_type in ('agent', 'human', 'ai', 'assistant', 'bot')), false) as has_reply,
        greatest(conversations.created_at, max(m.created_at)) as last_at
    from conversations
    left join ends on ends.conversation_id = conversations.id
    left join public.messages as m on m.tenant_id = :tenant and m.conversation_id = conversations.id
    group by conversations.id, conversations.day, conversations.status, conversations.created_at
)
select day, count(*),
    count(*) filter (where is_ended and by_ai and not coalesce(by_agent, false)),
    count(*) filter (where is_ended and by_agent),
    count(*) filter (where (is_ended and not coalesce(by_agent, false) and not coalesce(by_ai, false))
        or (not has_reply and (is_ended or last_at + interval '1 day' < :as_of)))
from said group by day order by day
