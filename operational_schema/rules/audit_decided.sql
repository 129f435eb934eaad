-- whether a table is audited has been decided
select class.relname
from pg_class as class
where class.relkind in ('r', 'p') and class.relnamespace = 'public'::regnamespace
    and class.relname not in (select audited.table_name from app.audited_tables() as audited)
    and class.relname not in (select edits.table_name from app.audited_edits() as edits)
    and class.relname not in (
        -- what is known of conversations, and their own histories
        'conversation_events', 'conversation_transfers', 'conversation_context', 'sla_tracking', 'knowledge_versions', 'knowledge_analytics', 'agent_availability',
        'agent_availability_events',
        -- what is derived, and shown
        'conversation_analytics', 'daily_metrics', 'realtime_metrics', 'dashboard_configs', 'playground_sessions',
        -- ledgers of what runs by itself
        'report_deliveries', 'report_notices', 'report_unsubscriptions', 'alert_history', 'message_delivery_tracking',
        'webhook_events', 'webhook_logs', 'sync_jobs', 'customer_sync_mapping', 'integration_audit_logs',
        'workflow_executions', 'website_scan_jobs', 'extracted_content', 'audit_logs', 'file_deletions'
    )
order by 1
