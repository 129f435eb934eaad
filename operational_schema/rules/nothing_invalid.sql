-- indexes and constraints are valid
select index.indexrelid::regclass::text as broken
from pg_index as index
inner join pg_class as class on class.oid = index.indrelid
where class.relnamespace = 'public'::regnamespace and not index.indisvalid
union all
select format('%s of %s', checked.conname, checked.conrelid::regclass)
from pg_constraint as checked
where checked.connamespace = 'public'::regnamespace and not checked.convalidated
order by broken
