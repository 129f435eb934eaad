-- an index keeps something unique, serves a foreign key, or is listed with what asks it
select index.indexrelid::regclass::text
from pg_index as index
inner join pg_class as class on class.oid = index.indexrelid
where class.relnamespace = 'public'::regnamespace and not index.indisunique
    and not exists (
        select from pg_constraint as key
        inner join pg_attribute as attribute
            on attribute.attrelid = key.conrelid and attribute.attnum = any (key.conkey)
            -- Every index begins with the tenant: that alone is no use.
            and attribute.attname <> 'tenant_id'
        where key.contype = 'f' and key.conrelid = index.indrelid and index.indpred is null
            and (index.indkey::int2[])[0:cardinality(key.conkey) - 1] @> key.conkey
    )
    and class.relname not in (
        select listed.name
        from (
            values
                ('idx_agent_availability_is_online', 'app.free_agent: who is there'),
                ('idx_audit_logs_created_at', 'prune_audit, and the trail by time'),
                ('idx_audit_logs_entity_type', 'the trail of one thing, and erase_from_audit'),
                ('idx_audit_logs_user_id', 'the trail of one person, and erase_from_audit'),
                ('idx_canned_responses_category', 'critical query 12, by heading'),
                ('idx_communication_channels_type', 'a message that comes in finds its channel'),
                ('idx_conversation_analytics_started_at', 'figures by day; retention'),
                ('idx_conversation_events_occurred_at', 'critical query 11'),
                ('idx_conversations_agent_status', 'critical query 6'),
                ('idx_conversations_created_at', 'lists by day; retention'),
                ('idx_conversations_last_message_at', 'critical query 1'),
                ('idx_conversations_status', 'critical query 10, and jobs over what is open'),
                ('idx_conversations_status_created_at', 'the history by status'),
                ('idx_customer_profiles_phone', 'a call or a text message finds its customer'),
                ('idx_customer_profiles_tenant_created_at', 'the list of customers; retention'),
                ('idx_daily_metrics_agent_id', 'the figures of an agent'),
                ('idx_daily_metrics_channel_type', 'critical query 8, of one channel'),
                ('idx_erasure_requests_due', 'get_system_health, and who waits for an erasure'),
                ('idx_export_jobs_status', 'the run of exports: what is pending'),
                ('idx_file_deletions_waiting', 'the worker of the storage'),
                ('idx_integration_audit_logs_integration_id', 'the trail of one integration'),
                ('idx_integrations_type', 'which integrations are active'),
                ('idx_knowledge_items_content_trgm', 'critical query 5'),
                ('idx_knowledge_items_status', 'what is published, by language'),
                ('idx_knowledge_items_title_trgm', 'critical query 5'),
                ('idx_legal_holds_conversation_id', 'every delete of a conversation'),
                ('idx_legal_holds_customer_id', 'every delete of a customer'),
                ('idx_message_delivery_tracking_external_id', 'a channel that reports by its own key'),
                ('idx_messages_content_trgm', 'critical query 4'),
                ('idx_messages_conversation_id', 'whether a person has answered: figures and assignment'),
                ('idx_messages_created_at', 'figures of a day'),
                ('idx_profiles_tenant_role', 'who is staff; policies'),
                ('idx_realtime_metrics_expires_at', 'cleanup_expired_realtime_metrics'),
                ('idx_realtime_metrics_name', 'the live board: the last of each figure'),
                ('idx_report_deliveries_unsettled', 'the run of reports: what has no end yet'),
                ('idx_retention_runs_started_at', 'the last run of a tenant'),
                ('idx_scheduled_reports_next_run_at', 'the run of reports: what is due'),
                ('idx_sla_tracking_pending', 'critical query 7, mark_breached_slas'),
                ('idx_sync_jobs_status', 'what an integration has to do'),
                ('idx_webhook_events_created_at', 'retention'),
                ('idx_webhook_events_waiting', 'what has come in and waits'),
                ('idx_webhook_logs_created_at', 'retention, and what waits to be sent'),
                ('idx_website_scan_jobs_status', 'the scanner: what is pending'),
                ('idx_widget_configurations_domain', 'a website finds its widget'),
                ('idx_workflow_executions_resume_at', 'resume_due_workflows'),
                ('idx_workflow_executions_status', 'the list of runs'),
                ('idx_workflows_is_active', 'an event finds its workflows')
        ) as listed (name, asked_by)
    )
order by 1
