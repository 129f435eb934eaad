-- How long do customers wait for a first answer, of anybody and of an agent, by channel, over a year?
-- Shape: channel, answered, mean_seconds, answered_by_agents, mean_seconds_of_agents
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.channel_type as channel,
    sum(daily.first_response_count) as answered,
    round(
        sum(daily.first_response_seconds_total) / nullif(sum(daily.first_response_count), 0), 3
    ) as mean_seconds,
    sum(daily.first_human_response_count) as answered_by_agents,
    round(
        sum(daily.first_human_response_seconds_total)
        / nullif(sum(daily.first_human_response_count), 0), 3
    ) as mean_seconds_of_agents
from marts.channel_daily as daily
where
    daily.date > (select today.day - 365 from today)
    and daily.date <= (select today.day from today)
group by daily.channel_type
having sum(daily.total_conversations) > 0
order by daily.channel_type;
