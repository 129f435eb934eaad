-- updated_at is kept by a trigger
select attribute.attrelid::regclass::text
from pg_attribute as attribute
inner join pg_class as class on class.oid = attribute.attrelid
where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace
    and attribute.attname = 'updated_at' and not attribute.attisdropped
    and not exists (
        select from pg_trigger as kept
        where kept.tgrelid = attribute.attrelid and kept.tgname = 'keep_updated_at' and kept.tgenabled in ('O', 'A')
    )
order by 1
