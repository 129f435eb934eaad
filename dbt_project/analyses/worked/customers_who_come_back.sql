-- How many customers wrote in each of the last six whole months and this one, and how many of them more than once?
-- Shape: month, customers, came_back
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    customers.date as month,
    customers.customers,
    customers.returning_customers as came_back
from marts.customers_monthly as customers
where
    customers.date >= (select date_trunc('month', today.day) - interval '6 months' from today)
    and customers.date <= (select today.day from today)
order by customers.date;
