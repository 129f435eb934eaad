-- a table whose rows change has updated_at, kept by a trigger
with listed (name, reason) as (
    values
        ('agent_availability_events', 'what happened'),
        ('audit_logs', 'append-only: an erasure takes values out, and says so in an entry of its own'),
        ('conversation_events', 'what happened'),
        ('customer_consents', 'each decision is a row'),
        ('extracted_content', 'what a scan has read: the next one writes its own'),
        ('integration_audit_logs', 'append-only'),
        ('knowledge_versions', 'what a text was'),
        ('realtime_metrics', 'a figure of an instant'),
        ('report_unsubscriptions', 'said once, and taken back by deleting the row')
)
select class.oid::regclass::text
from pg_class as class
left join pg_attribute as attribute
    on attribute.attrelid = class.oid and attribute.attname = 'updated_at' and not attribute.attisdropped
where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace
    and case
        -- What is listed nobody changes, the application least of all.
        when attribute.attname is null and class.relname in (select listed.name from listed)
            then has_any_column_privilege('anon', class.oid, 'update')
                or has_any_column_privilege('authenticated', class.oid, 'update')
        else not exists (
            select from pg_trigger as kept
            where kept.tgrelid = attribute.attrelid and kept.tgname = 'keep_updated_at' and kept.tgenabled in ('O', 'A')
        )
    end
order by 1
