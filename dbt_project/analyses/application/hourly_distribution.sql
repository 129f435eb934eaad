-- Monitoring: distribution by local hour, of the conversations that began in 30 days, and hourly-volume of the v2
-- dashboard; aiSuccess: share of those resolved that the AI resolved.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    cast(extract(hour from analytics.started_at at time zone tenants.timezone) as integer) as hour,
    count(*) as count,
    round(
        1.0 * count(*) filter (where analytics.resolved_by = 'ai')
        / nullif(count(analytics.resolved_by), 0), 4
    ) as "aiSuccess",
    count(analytics.resolved_by) as "sampleSize"
from marts.conversation_analytics as analytics
inner join marts.tenants as tenants on analytics.tenant_id = tenants.tenant_id
where
    analytics.started_on > (select today.day - 30 from today)
    and analytics.started_on <= (select today.day from today)
group by hour
order by hour;
