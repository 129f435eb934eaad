-- Operational dashboard: what waits, by how long.
-- Shape: channel, open, unassigned, underADay, overAWeek
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    backlog.channel_type as channel,
    sum(backlog.open_conversations) as open,
    sum(backlog.unassigned_conversations) as unassigned,
    sum(backlog.open_under_1_day) as "underADay",
    sum(backlog.open_7_to_30_days + backlog.open_over_30_days) as "overAWeek"
from marts.backlog_daily as backlog
where backlog.date = (select today.day from today)
group by backlog.channel_type
order by backlog.channel_type;
