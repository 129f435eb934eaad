-- Workflows: runs of 30 days, and how they ended; successRate: completed of those that ended. Names are the
-- application's.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    workflows.workflow_id as workflow,
    sum(workflows.happened_runs) as runs,
    sum(workflows.happened_completed_runs) as completed,
    sum(workflows.happened_failed_runs) as failed,
    round(
        sum(workflows.happened_completed_runs)
        / nullif(
            sum(workflows.happened_completed_runs + workflows.happened_failed_runs), 0
        ), 4
    ) as "successRate"
from marts.workflow_daily as workflows
where
    workflows.date > (select today.day - 30 from today)
    and workflows.date <= (select today.day from today)
group by workflows.workflow_id
order by runs desc, workflow;
