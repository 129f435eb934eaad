-- Monitoring: hourly distribution; heatmap and staffing of the predictive page.
-- Shape: hour, count, aiMessages, agentMessages
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    load.hour_of_day as hour,
    sum(load.happened_conversations) as count,
    sum(load.happened_ai_messages) as "aiMessages",
    sum(load.happened_agent_messages) as "agentMessages"
from marts.hourly_load as load
where
    load.date > (select today.day - 30 from today)
    and load.date <= (select today.day from today)
group by load.hour_of_day
order by load.hour_of_day;
