-- a foreign key takes the tenant along
select format('%s of %s', key.conname, key.conrelid::regclass)
from pg_constraint as key
inner join pg_attribute as target on target.attrelid = key.confrelid and target.attname = 'tenant_id'
where key.contype = 'f' and key.connamespace = 'public'::regnamespace
    and not exists (
        select from unnest(key.conkey, key.confkey) as pair (here, there)
        inner join pg_attribute as source on source.attrelid = key.conrelid and source.attnum = pair.here
        where source.attname = 'tenant_id' and pair.there = target.attnum
    )
order by 1
