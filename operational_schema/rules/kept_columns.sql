-- what triggers and jobs keep, as its comment says, the application does not write
select format('%s of %s: %s', attribute.attname, class.oid::regclass, action.name)
from pg_attribute as attribute
inner join pg_class as class on class.oid = attribute.attrelid
cross join (values ('insert'), ('update')) as action (name)
where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace
    and attribute.attnum > 0 and not attribute.attisdropped
    and concat(obj_description(class.oid, 'pg_class'), ' ', col_description(class.oid, attribute.attnum)) ~* '\mkept by\M'
    and (
        has_column_privilege('anon', class.oid, attribute.attnum, action.name)
        or has_column_privilege('authenticated', class.oid, attribute.attnum, action.name)
    )
    -- Before these are written a trigger sets them anew: what the application says of them is taken, and comes to nothing.
    and (class.relname, attribute.attname, action.name) not in (
        ('agent_availability', 'current_chat_count', 'insert'), ('knowledge_items', 'version', 'update'),
        ('website_scan_jobs', 'progress_percentage', 'insert'), ('website_scan_jobs', 'progress_percentage', 'update'),
        ('widget_configurations', 'embed_code', 'insert'), ('widget_configurations', 'embed_code', 'update')
    )
order by 1
