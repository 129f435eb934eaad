-- no index repeats another
select format('%s and %s', index.indexrelid::regclass, other.indexrelid::regclass)
from pg_index as index
inner join pg_index as other
    on other.indrelid = index.indrelid and other.indexrelid > index.indexrelid
    and other.indkey = index.indkey and other.indclass = index.indclass
    and other.indpred is not distinct from index.indpred and other.indexprs is not distinct from index.indexprs
inner join pg_class as class on class.oid = index.indrelid
where class.relnamespace = 'public'::regnamespace
order by 1
