-- a foreign key has an index that begins with its columns
select format('%s of %s', key.conname, key.conrelid::regclass)
from pg_constraint as key
where key.contype = 'f' and key.connamespace = 'public'::regnamespace
    and not exists (
        select from pg_index as index
        where index.indrelid = key.conrelid and index.indpred is null and index.indisvalid
            and (index.indkey::int2[])[0:cardinality(key.conkey) - 1] @> key.conkey
    )
order by 1
