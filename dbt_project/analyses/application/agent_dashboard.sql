-- Agent dashboard, per agent, of seven days.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    agents.agent_id as id,
    sum(agents.total_conversations) as "totalConversations",
    sum(agents.resolved_conversations) as "resolvedConversations",
    round(sum(agents.resolved_conversations) / nullif(sum(agents.total_conversations), 0), 4)
        as "resolutionRate",
    round(sum(agents.happened_ratings_sum) / nullif(sum(agents.happened_ratings), 0), 3)
        as "avgSatisfaction",
    round(sum(agents.resolution_seconds_total) / nullif(sum(agents.resolution_count), 0), 3)
        as "avgResolutionTime",
    round(sum(agents.total_conversations) / 7, 3) as "conversationsPerDay"
from marts.agent_daily as agents
where
    agents.date > (select today.day - 7 from today)
    and agents.date <= (select today.day from today)
group by agents.agent_id
order by "totalConversations" desc, id;
