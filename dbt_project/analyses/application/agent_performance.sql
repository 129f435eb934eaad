-- AgentMetrics, and table Agent Performance of the default dashboard: seven days, and what is open, whenever it began;
-- sampleSize: conversations of the week.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

present as (
    select
        agents.agent_id,
        sum(agents.open_conversations) as open
    from marts.agent_daily as agents
    group by agents.agent_id
),

week as (
    select
        agents.agent_id,
        sum(agents.total_conversations) as started,
        sum(agents.resolved_conversations) as resolved,
        sum(agents.first_human_response_seconds_total)
        / nullif(sum(agents.first_human_response_count), 0) as response,
        sum(agents.happened_ratings_sum) / nullif(sum(agents.happened_ratings), 0) as satisfaction
    from marts.agent_daily as agents
    where
        agents.date > (select today.day - 7 from today)
        and agents.date <= (select today.day from today)
    group by agents.agent_id
)

select
    present.agent_id as id,
    cast(null as text) as name,
    present.open as "activeConversations",
    round(week.response, 3) as "avgResponseTime",
    round(week.satisfaction, 3) as "satisfactionScore",
    round(week.resolved / nullif(week.started, 0), 4) as "resolutionRate",
    cast(null as numeric) as productivity,
    coalesce(week.started, 0) as "sampleSize"
from present
left join week on present.agent_id = week.agent_id
where present.open > 0 or week.agent_id is not null
order by "satisfactionScore" desc nulls last, id;
