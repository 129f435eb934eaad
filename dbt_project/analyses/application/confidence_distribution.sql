-- AIAnalytics.confidenceDistribution.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    ranges.name as range,
    coalesce(sum(ranges.messages), 0) as count,
    round(sum(ranges.messages) / nullif(sum(sum(ranges.messages)) over (), 0), 4) as percentage
from marts.ai_daily as ai
cross join lateral (
    values
    ('0.0-0.1', ai.happened_ai_confidence_00_10), ('0.1-0.2', ai.happened_ai_confidence_10_20),
    ('0.2-0.3', ai.happened_ai_confidence_20_30), ('0.3-0.4', ai.happened_ai_confidence_30_40),
    ('0.4-0.5', ai.happened_ai_confidence_40_50), ('0.5-0.6', ai.happened_ai_confidence_50_60),
    ('0.6-0.7', ai.happened_ai_confidence_60_70), ('0.7-0.8', ai.happened_ai_confidence_70_80),
    ('0.8-0.9', ai.happened_ai_confidence_80_90), ('0.9-1.0', ai.happened_ai_confidence_90_100)
) as ranges (name, messages)
where
    ai.date > (select today.day - 30 from today)
    and ai.date <= (select today.day from today)
group by ranges.name
order by ranges.name;
