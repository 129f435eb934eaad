-- Anomaly: days more than two standard deviations from the mean of 30 days; more than three are high.
-- Shape: metric, timestamp, expectedValue, actualValue, severity
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

days as (
    select
        daily.date,
        sum(daily.total_conversations) as conversations
    from marts.daily_metrics as daily
    where
        daily.date > (select today.day - 30 from today)
        and daily.date < (select today.day from today)
    group by daily.date
),

compared as (
    select
        days.date,
        days.conversations,
        avg(days.conversations) over () as mean,
        stddev_samp(days.conversations) over () as deviation
    from days
)

select
    'total_conversations' as metric,
    compared.date as "timestamp",
    round(compared.mean, 3) as "expectedValue",
    compared.conversations as "actualValue",
    case
        when abs(compared.conversations - compared.mean) > 3 * compared.deviation then 'high'
        else 'medium'
    end as severity
from compared
where abs(compared.conversations - compared.mean) > 2 * compared.deviation
order by compared.date;
