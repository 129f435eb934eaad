-- The last end that still holds, and who came back after one.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day),
ended (word) as (values ('resolved'), ('closed'), ('abandoned')),
conversations as (
    select id, department, status, created_at
    from public.conversations, today
    where tenant_id = :tenant and (created_at at time zone :zone)::date between today.day - 364 and today.day
),
changes as (
    select conversation_id, to_status, occurred_at,
        lag(to_status) over (partition by conversation_id order by occurred_at, ordinal, id) as before
    from public.conversation_events
    where tenant_id = :tenant and event_type = 'status' and conversation_id in (select id from conversations)
),
lives as (
    select conversations.department,
        case when conversations.status in (select word from ended) then
            (floor(extract(epoch from max(changes.occurred_at) filter (where to_status in (select word from ended) and coalesce(before, '') not in (select word from ended))) * 1000)
            - floor(extract(epoch from conversations.created_at) * 1000)) / 1000
        end as seconds,
        bool_or(to_status not in (select word from ended) and before in (select word from ended)) as is_reopened
    from conversations left join changes on changes.conversation_id = conversations.id
    group by conversations.id, conversations.department, conversations.status, conversations.created_at
)
select department, count(*), count(seconds), count(*) filter (where is_reopened),
    round(sum(seconds) / nullif(count(seconds), 0) / 3600, 3)
from lives group by department order by department
