-- CustomerJourney.retentionMetrics: customers of a month who wrote again in the next, or again after a pause.
-- Shape: period, retentionRate, churnRate, reactivationRate, customers
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

months as (
    select distinct
        analytics.customer_key,
        cast(date_trunc('month', analytics.started_on) as date) as month
    from marts.conversation_analytics as analytics
    where
        analytics.started_on > (select today.day - 210 from today)
        and analytics.customer_key is not null
),

compared as (
    select
        months.month,
        months.customer_key,
        lead(months.month) over by_customer = months.month + interval '1 month' as stays,
        lag(months.month) over by_customer < months.month - interval '1 month' as is_back
    from months
    window by_customer as (partition by months.customer_key order by months.month)
)

select
    compared.month as period,
    round(1.0 * count(*) filter (where compared.stays) / count(*), 4) as "retentionRate",
    round(1 - 1.0 * count(*) filter (where compared.stays) / count(*), 4) as "churnRate",
    round(1.0 * count(*) filter (where compared.is_back) / count(*), 4) as "reactivationRate",
    count(*) as customers
from compared
cross join today
where compared.month < date_trunc('month', today.day)
group by compared.month
order by compared.month;
