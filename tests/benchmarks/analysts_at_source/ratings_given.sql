-- Ratings, by the day on which they were given.
with today as (select (:as_of::timestamptz at time zone :zone)::date as day)
select c.channel_type, floor(e.score + 0.5)::int as score, count(*),
    round(count(*) / sum(count(*)) over (partition by c.channel_type), 4)
from today, public.conversation_events as e
inner join public.conversations as c on c.tenant_id = e.tenant_id and c.id = e.conversation_id
where e.tenant_id = :tenant and e.event_type = 'rating'
    and (e.occurred_at at time zone :zone)::date between today.day - 89 and today.day
group by c.channel_type, floor(e.score + 0.5)::int order by 1, 2
