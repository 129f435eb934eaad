-- At which hours of the week do customers write, over the last eight weeks?
-- Shape: weekday, hour, customer_messages
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    load.iso_weekday as weekday,
    load.hour_of_day as hour,
    sum(load.happened_customer_messages) as customer_messages
from marts.hourly_load as load
where
    load.date > (select today.day - 56 from today)
    and load.date <= (select today.day from today)
group by load.iso_weekday, load.hour_of_day
having sum(load.happened_customer_messages) > 0
order by weekday, hour;
