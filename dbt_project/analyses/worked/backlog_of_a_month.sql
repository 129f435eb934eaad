-- What was open on each of the last 30 evenings, and how much of it for more than a week?
-- Shape: day, open, unassigned, older_than_a_week
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    backlog.date as day,
    sum(backlog.open_conversations) as open,
    sum(backlog.unassigned_conversations) as unassigned,
    sum(backlog.open_7_to_30_days + backlog.open_over_30_days) as older_than_a_week
from marts.backlog_daily as backlog
where
    backlog.date > (select today.day - 30 from today)
    and backlog.date <= (select today.day from today)
group by backlog.date
order by backlog.date;
