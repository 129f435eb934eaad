-- a secret is an envelope or a hash, and no role of the application reads it
select format('%s of %s', attribute.attname, class.oid::regclass)
from pg_attribute as attribute
inner join pg_class as class on class.oid = attribute.attrelid
where class.relkind in ('r', 'p', 'v', 'm') and class.relnamespace = 'public'::regnamespace
    and attribute.attnum > 0 and not attribute.attisdropped
    and case
        when attribute.atttypid = 'app.envelope'::regtype or attribute.attname = 'key_hash'
            then has_column_privilege('anon', class.oid, attribute.attnum, 'select')
                or has_column_privilege('authenticated', class.oid, attribute.attnum, 'select')
                or has_column_privilege('service_role', class.oid, attribute.attnum, 'select')
        else attribute.attname ~ '(password|passphrase|secret|credential|token$|api_key$|private_key|secret_key)'
            and attribute.atttypid in ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype, 'json'::regtype)
    end
order by 1
