-- the audit trail can only grow
select format('%s on audit_logs', kind.name)
from (values ('insert'), ('update'), ('delete'), ('truncate')) as kind (name)
where not exists (
    select from pg_trigger as present
    where present.tgrelid = 'public.audit_logs'::regclass and present.tgname = 'guard_' || kind.name
        and present.tgenabled = 'A'
)
order by 1
