-- The last status and the last assignee before each midnight.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day),
evenings as (
    select e.evening::date as day, (e.evening + interval '1 day') at time zone :zone as midnight
    from today, generate_series((today.day - 29)::timestamp, today.day::timestamp, interval '1 day') as e (evening)
),
spans as (
    select c.id, (c.created_at at time zone :zone)::date as started_on, e.to_status, e.occurred_at as since,
        lead(e.occurred_at, 1, 'infinity') over (partition by c.id order by e.occurred_at, e.ordinal, e.id) as until
    from public.conversations as c
    inner join public.conversation_events as e on e.tenant_id = c.tenant_id and e.conversation_id = c.id and e.event_type = 'status'
    where c.tenant_id = :tenant
),
open as (
    select evenings.day, evenings.midnight, spans.id, evenings.day - spans.started_on as age
    from evenings inner join spans on spans.since < evenings.midnight and spans.until >= evenings.midnight
    where spans.to_status not in ('resolved', 'closed', 'abandoned')
)
select open.day, count(*), count(*) filter (where held.to_agent_id is null), count(*) filter (where open.age >= 7)
from open left join lateral (
    select to_agent_id from public.conversation_events as e
    where e.tenant_id = :tenant and e.conversation_id = open.id and e.event_type = 'assignment' and e.occurred_at < open.midnight
    order by e.occurred_at desc, e.ordinal desc, e.id desc limit 1
) as held on true
group by open.day order by open.day
