-- a function looks through nobody's schemas: an empty path would still find the caller's temporary types before the system's
select function.oid::regprocedure::text
from pg_proc as function
where function.pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
    and not coalesce('search_path=pg_catalog, pg_temp' = any (function.proconfig), false)
    and not exists (select from pg_depend as owned where owned.objid = function.oid and owned.deptype = 'e')
order by 1
