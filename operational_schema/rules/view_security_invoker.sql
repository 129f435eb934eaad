-- a view reads with the rights of whoever asks
select class.oid::regclass::text
from pg_class as class
where class.relkind = 'v' and class.relnamespace = 'public'::regnamespace
    and not coalesce(class.reloptions && array['security_invoker=true', 'security_invoker=on'], false)
    and not exists (select from pg_depend as owned where owned.objid = class.oid and owned.deptype = 'e')
order by 1
