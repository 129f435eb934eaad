-- BusinessImpact.productivityGains: what agents did in the last 30 days and in the 30 before. Seconds improve as they
-- fall: their improvement is negative then.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

periods as (
    select
        agents.date > (select today.day - 30 from today) as is_after,
        sum(agents.happened_answered_conversations)
        / nullif(count(*) filter (where agents.happened_answered_conversations > 0), 0) as answered,
        sum(agents.first_human_response_seconds_total)
        / nullif(sum(agents.first_human_response_count), 0) as response,
        sum(agents.resolution_seconds_total) / nullif(sum(agents.resolution_count), 0) as resolution
    from marts.agent_daily as agents
    where
        agents.date > (select today.day - 60 from today)
        and agents.date <= (select today.day from today)
    group by is_after
)

select
    measures.metric,
    round(max(measures.value) filter (where not periods.is_after), 3) as before,
    round(max(measures.value) filter (where periods.is_after), 3) as after,
    round(
        max(measures.value) filter (where periods.is_after)
        - max(measures.value) filter (where not periods.is_after), 3
    ) as improvement,
    '30 days' as timeframe
from periods
cross join lateral (
    values
    ('conversations_per_agent_and_day', periods.answered),
    ('first_human_response_seconds', periods.response),
    ('resolution_seconds', periods.resolution)
) as measures (metric, value)
group by measures.metric
order by measures.metric;
