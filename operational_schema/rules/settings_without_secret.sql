-- JSON that the application reads refuses secrets in the clear, or is listed with the reason why it does not
select format('%s of %s', attribute.attname, class.oid::regclass)
from pg_attribute as attribute
inner join pg_class as class on class.oid = attribute.attrelid
where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace
    and attribute.attnum > 0 and not attribute.attisdropped
    and attribute.atttypid in ('json'::regtype, 'jsonb'::regtype)
    and (
        has_column_privilege('anon', class.oid, attribute.attnum, 'select')
        or has_column_privilege('authenticated', class.oid, attribute.attnum, 'select')
    )
    and not exists (
        select from pg_trigger as refusing
        where refusing.tgrelid = class.oid and refusing.tgname = 'refuse_secrets' and refusing.tgenabled in ('O', 'A')
            and attribute.attnum = any (refusing.tgattr::int2[])
    )
    and not exists (
        select from (
            values
                ('audit_logs', 'changes', 'written by triggers, from columns that refuse secrets or are hidden'),
                ('audit_logs', 'digests', 'digests'),
                ('conversation_context', 'context_data', 'what a customer said: it is not refused for what it says'),
                ('conversation_context', 'customer_preferences', 'what a customer said'),
                ('conversation_context', 'key_entities', 'what a customer said'),
                ('conversations', 'business_context', 'what a conversation is about, written with it'),
                ('customer_profiles', 'custom_fields', 'facts of a customer, from the systems that know them'),
                ('erasure_requests', 'proof', 'counts, written by the erasure'),
                ('extracted_content', 'extracted_entities', 'what a public website says'),
                ('extracted_content', 'headings', 'what a public website says'),
                ('extracted_content', 'metadata', 'what a public website says'),
                ('message_delivery_tracking', 'error_details', 'what a channel answered: it is not refused for what it says'),
                ('messages', 'knowledge_sources', 'articles that an answer came from'),
                ('messages', 'metadata', 'comes with a message, which is not refused for it'),
                ('playground_sessions', 'performance_metrics', 'figures'),
                ('playground_sessions', 'test_conversations', 'what somebody tried to say'),
                ('retention_runs', 'deleted', 'counts, written by the run'),
                ('retention_runs', 'elsewhere', 'counts, written by the run'),
                ('retention_runs', 'kept', 'counts, written by the run'),
                ('webhook_events', 'payload', 'what another system sent: refused, the event would be lost; admins alone read it'),
                ('webhook_logs', 'payload', 'what a workflow sends, whose steps refuse secrets; admins alone read it')
        ) as listed (table_name, column_name, reason)
        where listed.table_name = class.relname and listed.column_name = attribute.attname
    )
order by 1
