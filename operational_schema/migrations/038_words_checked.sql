-- Words of a closed list are checked where they come from another column or a setting, too; and no list of texts holds a null.
-- What is there was written by triggers and by the warehouse, from words that are checked: looked through at once.
-- squawk-ignore-file constraint-missing-not-valid

-- Whom nobody could write to was no recipient.
update public.scheduled_reports set recipients = array_remove(recipients, null)
where array_position(recipients, null) is not null;
update public.alert_rules set recipients = array_remove(recipients, null) where array_position(recipients, null) is not null;
update public.alert_history
set sent_channels = array_remove(sent_channels, null), sent_recipients = array_remove(sent_recipients, null)
where array_position(sent_channels, null) is not null or array_position(sent_recipients, null) is not null;
update public.intent_patterns set patterns = array_remove(patterns, null) where array_position(patterns, null) is not null;
update public.agent_availability
set skills = array_remove(skills, null), departments = array_remove(departments, null)
where array_position(skills, null) is not null or array_position(departments, null) is not null;

alter table public.conversation_events
    add constraint conversation_events_from_status_known check (from_status in (
        'active', 'open', 'assigned', 'queued', 'human_handled', 'pending', 'escalated',
        'resolved', 'closed', 'abandoned'
    )),
    add constraint conversation_events_to_status_known check (to_status in (
        'active', 'open', 'assigned', 'queued', 'human_handled', 'pending', 'escalated',
        'resolved', 'closed', 'abandoned'
    ));
alter table public.conversation_analytics add constraint conversation_analytics_resolution_type_known
check (resolution_type in ('resolved:manual', 'resolved:automatic', 'closed:manual', 'closed:automatic'));
alter table public.daily_metrics add constraint daily_metrics_channel_type_form
check (channel_type ~ '^[a-z][a-z0-9_]{0,49}$');
alter table public.agent_availability_events add constraint agent_availability_events_status_known
check (status in ('available', 'busy', 'away', 'offline'));
alter table public.file_deletions add constraint file_deletions_reason_known
check (reason in ('retention', 'erasure', 'correction', 'deleted'));
alter table public.alert_history
    add constraint alert_history_sent_channels_known check (sent_channels <@ array['email', 'slack', 'webhook']),
    add constraint alert_history_sent_recipients_whole check (array_position(sent_recipients, null) is null);
alter table public.alert_rules add constraint alert_rules_recipients_whole
check (array_position(recipients, null) is null);
alter table public.scheduled_reports add constraint scheduled_reports_recipients_whole
check (array_position(recipients, null) is null);
alter table public.intent_patterns add constraint intent_patterns_patterns_whole
check (array_position(patterns, null) is null);
alter table public.agent_availability add constraint agent_availability_lists_whole
check (array_position(skills, null) is null and array_position(departments, null) is null);
alter table public.erasure_requests add constraint erasure_requests_steps_done_whole
check (array_position(steps_done, null) is null);
