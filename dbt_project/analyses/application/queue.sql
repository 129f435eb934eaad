-- Operational dashboard: the queue, which is what is open and nobody's, by department.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    backlog.department,
    sum(backlog.unassigned_conversations) as "queueLength"
from marts.backlog_daily as backlog
where backlog.date = (select today.day from today)
group by backlog.department
order by backlog.department;
