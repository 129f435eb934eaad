-- Ratings go to who had the conversation then, else to who wrote last.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day),
written as (
    select m.sender_id as agent, count(*) as messages
    from public.messages as m, today
    where m.tenant_id = :tenant and not m.is_internal and m.sender_type in ('agent', 'human') and m.sender_id is not null
        and (m.created_at at time zone :zone)::date between today.day - 29 and today.day
    group by m.sender_id
),
rated as (
    select coalesce(assigned.to_agent_id, wrote.sender_id) as agent, rating.score
    from today, public.conversation_events as rating
    left join lateral (
        select to_agent_id from public.conversation_events as e
        where e.tenant_id = :tenant and e.conversation_id = rating.conversation_id and e.event_type = 'assignment'
            and (e.occurred_at, e.ordinal, e.id) < (rating.occurred_at, rating.ordinal, rating.id)
        order by e.occurred_at desc, e.ordinal desc, e.id desc limit 1
    ) as assigned on true
    left join lateral (
        select sender_id from public.messages as m
        where m.tenant_id = :tenant and m.conversation_id = rating.conversation_id and not m.is_internal
            and m.sender_type in ('agent', 'human') and m.sender_id is not null
            and (m.created_at, m.ordinal, m.id) < (rating.occurred_at, rating.ordinal, rating.id)
        order by m.created_at desc, m.ordinal desc, m.id desc limit 1
    ) as wrote on true
    where rating.tenant_id = :tenant and rating.event_type = 'rating'
        and (rating.occurred_at at time zone :zone)::date between today.day - 29 and today.day
)
select written.agent, written.messages, count(rated.score), round(avg(rated.score), 3)
from written left join rated on rated.agent = written.agent
group by written.agent, written.messages order by written.agent
