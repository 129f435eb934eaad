-- /analytics/predictive: average by weekday, Sunday first.
-- Shape: weekday, avgConversations
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

days as (
    select
        load.date,
        load.iso_weekday,
        sum(load.happened_conversations) as conversations
    from marts.hourly_load as load
    where
        load.date > (select today.day - 84 from today)
        and load.date < (select today.day from today)
    group by load.date, load.iso_weekday
)

select
    days.iso_weekday as weekday,
    round(sum(days.conversations) / 12.0, 3) as "avgConversations"
from days
group by days.iso_weekday
order by days.iso_weekday % 7;
