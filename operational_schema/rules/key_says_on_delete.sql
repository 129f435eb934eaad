-- a foreign key says what becomes of it on delete
select format('%s of %s', key.conname, key.conrelid::regclass)
from pg_constraint as key
where key.contype = 'f' and key.connamespace = 'public'::regnamespace and key.confdeltype = 'a'
order by 1
