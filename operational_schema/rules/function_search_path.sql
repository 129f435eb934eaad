-- a function does not look through the caller's search_path
select function.oid::regprocedure::text
from pg_proc as function
where function.pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
    and not coalesce('search_path=""' = any (function.proconfig), false)
    and not exists (select from pg_depend as owned where owned.objid = function.oid and owned.deptype = 'e')
order by 1
