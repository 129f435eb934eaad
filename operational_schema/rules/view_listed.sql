-- a view that the application may read is on the list, with the reason
select format('%s for %s', class.oid::regclass, role.name)
from pg_class as class
cross join (values ('anon'), ('authenticated')) as role (name)
where class.relkind in ('v', 'm') and class.relnamespace = 'public'::regnamespace
    and has_any_column_privilege(role.name, class.oid, 'select, insert, update, references')
    and not exists (select from pg_depend as owned where owned.objid = class.oid and owned.deptype = 'e')
    and (role.name, class.relname) not in (
        select listed.role, listed.name
        from (
            values
                ('authenticated', 'readable_communication_channels', 'select=* of the interface, without the envelopes'),
                ('authenticated', 'readable_integrations', 'select=* of the interface, without the envelopes'),
                ('authenticated', 'readable_webhook_subscriptions', 'select=* of the interface, without the envelopes')
        ) as listed (role, name, reason)
    )
order by 1
