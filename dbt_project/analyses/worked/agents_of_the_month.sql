-- What did each agent do in the last 30 days, and how was it rated?
-- Shape: agent, messages, ratings, mean_rating
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    agents.agent_id as agent,
    sum(agents.happened_agent_messages) as messages,
    sum(agents.happened_ratings) as ratings,
    round(sum(agents.happened_ratings_sum) / nullif(sum(agents.happened_ratings), 0), 3)
        as mean_rating
from marts.agent_daily as agents
where
    agents.date > (select today.day - 30 from today)
    and agents.date <= (select today.day from today)
group by agents.agent_id
having sum(agents.happened_agent_messages) > 0
order by agents.agent_id;
