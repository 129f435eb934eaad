-- the change log sees every change, also of a session in replication mode
select format('%s on %s', kind.name, logged.name)
from unnest(etl.logged_tables()) as logged (name)
cross join (values ('insert'), ('update'), ('delete'), ('truncate')) as kind (name)
where not exists (
    select from pg_trigger as present
    where present.tgrelid = to_regclass('public.' || logged.name)
        and present.tgname = 'change_log_' || kind.name and present.tgenabled = 'A'
)
order by 1
