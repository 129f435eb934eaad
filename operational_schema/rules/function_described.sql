-- a function has a comment
select function.oid::regprocedure::text
from pg_proc as function
where function.pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
    and obj_description(function.oid, 'pg_proc') is null
    and not exists (select from pg_depend as owned where owned.objid = function.oid and owned.deptype = 'e')
order by 1
