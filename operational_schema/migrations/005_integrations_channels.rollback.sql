-- Takes back 005_integrations_channels.sql. Refuses to lose rows, unless the setting app.force_rollback is on.

do $$
declare
    lost text;
    has_rows boolean;
begin
    foreach lost in array array[
        'public.api_keys', 'public.integration_audit_logs', 'public.webhook_logs', 'public.customer_sync_mapping',
        'public.webhook_subscriptions', 'public.sync_jobs', 'public.integration_field_mappings',
        'public.integrations', 'public.webhook_events', 'public.message_delivery_tracking',
        'public.channel_routing_rules', 'public.customer_channel_preferences', 'public.message_templates',
        'public.communication_channels'
    ] loop
        execute format('lock table %s in access exclusive mode', lost);
        execute format('select exists (select from %s)', lost) into has_rows;
        if has_rows and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
            raise exception 'the rows of % would be lost', lost using hint = 'romashka migrate down --force loses them';
        end if;
    end loop;
end;
$$;

alter table public.conversations drop constraint conversations_channel_fkey;
drop index public.idx_conversations_channel_id;
drop view public.readable_webhook_subscriptions;
drop view public.readable_integrations;
drop view public.readable_communication_channels;
drop table public.api_keys;
drop table public.integration_audit_logs;
drop table public.webhook_logs;
drop table public.customer_sync_mapping;
drop table public.webhook_subscriptions;
drop table public.sync_jobs;
drop table public.integration_field_mappings;
drop table public.integrations;
drop table public.webhook_events;
drop table public.message_delivery_tracking;
drop table public.channel_routing_rules;
drop table public.customer_channel_preferences;
drop table public.message_templates;
drop table public.communication_channels;
drop domain app.open_settings;
drop domain app.web_address;
drop domain app.envelope;
