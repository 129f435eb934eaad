-- How many customers wrote in each month, and how many of them more than once?
-- Shape: month, customers, came_back
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

customers as (
    select
        cast(date_trunc('month', analytics.started_on) as date) as month,
        analytics.customer_key,
        count(*) as conversations
    from marts.conversation_analytics as analytics
    where
        analytics.started_on > (select today.day - 180 from today)
        and analytics.started_on <= (select today.day from today)
        and analytics.customer_key is not null
    group by cast(date_trunc('month', analytics.started_on) as date), analytics.customer_key
)

select
    customers.month,
    count(*) as customers,
    count(*) filter (where customers.conversations > 1) as came_back
from customers
group by customers.month
order by customers.month;
