-- In elapsed time: this tenant never closes. Open time could hardly be asked of these tables.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day),
ended (word) as (values ('resolved'), ('closed'), ('abandoned')),
targets as (
    select coalesce(max(setting_value #>> '{}') filter (where setting_key = 'sla_first_response_seconds'), '300')::numeric as first_response,
        coalesce(max(setting_value #>> '{}') filter (where setting_key = 'sla_resolution_seconds'), '3600')::numeric as resolution
    from public.system_settings where tenant_id = :tenant
),
conversations as (
    select id, status, created_at, (created_at at time zone :zone)::date as day
    from public.conversations, today
    where tenant_id = :tenant and (created_at at time zone :zone)::date between today.day - 83 and today.day
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
changes as (
    select conversation_id, to_status, occurred_at,
        lag(to_status) over (partition by conversation_id order by occurred_at, ordinal, id) as before
    from public.conversation_events
    where tenant_id = :tenant and event_type = 'status' and conversation_id in (select id from conversations)
),
ends as (
    select conversation_id, max(occurred_at) as ended_at from changes
    where to_status in (select word from ended) and coalesce(before, '') not in (select word from ended)
    group by conversation_id
),
used as (
    select date_trunc('week', conversations.day)::date as week, asked.created_at is not null as was_asked,
        answered.answered_at is not null as is_answered, conversations.status in (select word from ended) as is_ended,
        (floor(extract(epoch from coalesce(answered.answered_at, :as_of)) * 1000) - floor(extract(epoch from asked.created_at) * 1000)) / 1000 as response_used,
        (floor(extract(epoch from case when conversations.status in (select word from ended) then ends.ended_at else :as_of end) * 1000) - floor(extract(epoch from conversations.created_at) * 1000)) / 1000 as resolution_used
    from conversations
    left join asked on asked.conversation_id = conversations.id
    left join answered on answered.conversation_id = conversations.id
    left join ends on ends.conversation_id = conversations.id
),
judged as (
    select week, 'first_response' as promise, is_answered and response_used <= first_response as kept,
        response_used > first_response or (is_ended and not is_answered) as broken
    from used, targets where was_asked
    union all
    select week, 'resolution', is_ended and resolution_used <= resolution, resolution_used > resolution from used, targets
)
select week, promise, count(*) filter (where kept), count(*) filter (where broken and not kept),
    round(count(*) filter (where kept) / nullif(count(*) filter (where kept or broken), 0)::numeric, 4)
from judged group by week, promise order by week, promise
