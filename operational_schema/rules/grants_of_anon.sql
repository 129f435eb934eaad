-- nobody but a reader of published knowledge does anything without logging in
select class.oid::regclass::text
from pg_class as class
where class.relkind in ('r', 'p', 'v', 'm') and class.relnamespace = 'public'::regnamespace
    and case
        when class.relname in ('knowledge_categories', 'knowledge_items')
            then has_table_privilege('anon', class.oid, 'insert, update, delete, truncate, references, trigger')
                or has_any_column_privilege('anon', class.oid, 'insert, update, references')
        else has_table_privilege('anon', class.oid, 'select, insert, update, delete, truncate, references, trigger')
            or has_any_column_privilege('anon', class.oid, 'select, insert, update, references')
    end
order by 1
