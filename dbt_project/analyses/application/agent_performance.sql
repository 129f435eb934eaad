-- Table Agent Performance of the default dashboard (AgentMetrics); names are the application's.
-- Shape: id, activeConversations, avgResponseTime, satisfactionScore, resolutionRate, totalConversations
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    agents.agent_id as id,
    sum(agents.open_conversations) as "activeConversations",
    round(
        sum(agents.first_human_response_seconds_total)
        / nullif(sum(agents.first_human_response_count), 0), 3
    ) as "avgResponseTime",
    round(sum(agents.happened_ratings_sum) / nullif(sum(agents.happened_ratings), 0), 3)
        as "satisfactionScore",
    round(sum(agents.resolved_conversations) / nullif(sum(agents.total_conversations), 0), 4)
        as "resolutionRate",
    sum(agents.total_conversations) as "totalConversations"
from marts.agent_daily as agents
where
    agents.date > (select today.day - 7 from today)
    and agents.date <= (select today.day from today)
group by agents.agent_id
order by "satisfactionScore" desc nulls last, id;
