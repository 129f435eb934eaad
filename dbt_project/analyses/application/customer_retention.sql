-- CustomerJourney.retentionMetrics, and BusinessImpact.customerRetention: of the customers of six whole months, who
-- wrote again in the next (known once that is over), and who had paused for a month or longer, within a year.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

running as (
    select cast(date_trunc('month', today.day) as date) as month
    from today
),

months as (
    select distinct
        analytics.customer_key,
        analytics.started_month as month
    from marts.conversation_analytics as analytics
    where
        analytics.started_month >= (select running.month - interval '18 months' from running)
        and analytics.started_month < (select running.month from running)
        and analytics.customer_key is not null
),

compared as (
    select
        months.month,
        lead(months.month) over of_customer = months.month + interval '1 month' as stays,
        lag(months.month) over of_customer < months.month - interval '1 month'
        and lag(months.month) over of_customer >= months.month - interval '12 months' as is_back
    from months
    window of_customer as (partition by months.customer_key order by months.month)
),

counted as (
    select
        compared.month,
        count(*) as customers,
        count(*) filter (where compared.is_back) as back,
        case
            when compared.month < (select running.month - interval '1 month' from running)
                then count(*) filter (where compared.stays)
        end as staying
    from compared
    where compared.month >= (select running.month - interval '6 months' from running)
    group by compared.month
)

select
    counted.month as period,
    round(1.0 * counted.staying / counted.customers, 4) as "retentionRate",
    round(1 - 1.0 * counted.staying / counted.customers, 4) as "churnRate",
    round(1.0 * counted.back / counted.customers, 4) as "reactivationRate",
    counted.customers as "sampleSize"
from counted
order by counted.month;
