-- What became of the conversations of each of the last 30 days?
-- Shape: day, started, resolved_by_ai, resolved_by_agents, abandoned
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.date as day,
    sum(daily.total_conversations) as started,
    sum(daily.ai_resolved_conversations) as resolved_by_ai,
    sum(daily.human_resolved_conversations) as resolved_by_agents,
    sum(daily.abandoned_conversations) as abandoned
from marts.channel_daily as daily
where
    daily.date > (select today.day - 30 from today)
    and daily.date <= (select today.day from today)
group by daily.date
having sum(daily.total_conversations) > 0
order by daily.date;
