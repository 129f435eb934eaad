-- a column that is named like a word of a list, or holds a list, has a check, or is listed with the reason why it has none
select format('%s of %s', attribute.attname, class.oid::regclass)
from pg_attribute as attribute
inner join pg_class as class on class.oid = attribute.attrelid
where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace
    and attribute.attnum > 0 and not attribute.attisdropped
    and case
        when attribute.atttypid in ('text'::regtype, 'varchar'::regtype) then attribute.attname ~ concat(
            '(^|_)(status|state|type|kind|reason|category|priority|role|direction|provider|format|severity|sentiment|purpose',
            '|basis|source|level|mode|condition|outcome|result|stage|tier)$'
        )
        else attribute.atttypid = 'text[]'::regtype
    end
    and not exists (
        select from pg_constraint as checked
        where checked.conrelid = class.oid and checked.contype = 'c' and attribute.attnum = any (checked.conkey)
            -- How many there are says nothing of what they are.
            and (
                attribute.atttypid <> 'text[]'::regtype
                or pg_get_constraintdef(checked.oid) ~ format('(array_position\(%1$s, NULL|\(%1$s <@)', attribute.attname)
            )
    )
    and not exists (
        select from (
            values
                ('audit_logs', 'database_role', 'the name of a role of the server'),
                ('audit_logs', 'entity_type', 'the name of a table, written by triggers'),
                ('auto_generated_knowledge', 'auto_category', 'what the AI proposes, until somebody decides'),
                ('canned_responses', 'category', 'a heading that people give'),
                ('conversation_transfers', 'transfer_reason', 'a sentence'),
                ('conversations', 'handoff_reason', 'a sentence'),
                ('erasure_requests', 'reason', 'a sentence'),
                ('file_attachments', 'mime_type', 'what the sender''s program says'),
                ('integration_audit_logs', 'entity_type', 'the other system''s word'),
                ('sla_tracking', 'breach_reason', 'a sentence'),
                ('webhook_events', 'event_type', 'the other system''s word'),
                ('webhook_logs', 'event_type', 'the other system''s word'),
                ('webhook_subscriptions', 'event_type', 'the other system''s word')
        ) as listed (table_name, column_name, reason)
        where listed.table_name = class.relname and listed.column_name = attribute.attname
    )
order by 1
