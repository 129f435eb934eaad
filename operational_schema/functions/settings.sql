-- What people of a tenant set up is read by their colleagues: secrets are refused there, whatever JSON they come in. A trigger and
-- not a domain, as integrations have: a trigger of the audit names these columns, and their type cannot be changed under it.

create or replace function app.refuse_secrets()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    written constant jsonb := to_jsonb(new);
    settings text;
begin
    foreach settings in array tg_argv loop
        perform app.refuse_secret(written -> settings);
    end loop;
    -- The key of a setting stands beside its value.
    if tg_table_name = 'system_settings' then
        perform app.refuse_secret(jsonb_build_object(new.setting_key, new.setting_value));
    end if;
    return new;
end;
$$;
comment on function app.refuse_secrets() is 'Refuses a row one of whose columns, its arguments, holds a secret in the clear.';
revoke execute on function app.refuse_secrets() from public;

do $$
declare
    place record;
    found text;
begin
    for place in
        select named.name, string_agg(part, ', ') as columns,
            string_agg(part, ', ') filter (where part <> 'setting_key') as settings
        from (
            values
                ('agent_availability', 'working_hours'), ('alert_rules', 'dimensions'), ('channel_routing_rules', 'conditions'),
                ('dashboard_configs', 'filters layout'), ('export_jobs', 'filters'), ('intent_patterns', 'examples'),
                ('message_templates', 'template_content'), ('playground_sessions', 'bot_configuration'),
                ('profiles', 'onboarding_data settings'), ('realtime_metrics', 'dimensions'), ('scheduled_reports', 'filters'),
                ('sync_jobs', 'error_details'), ('system_settings', 'setting_key setting_value'),
                ('website_scan_jobs', 'error_details scan_settings'), ('widget_configurations', 'configuration'),
                ('workflow_executions', 'context execution_data execution_log steps'),
                ('workflows', 'connections nodes steps trigger_conditions')
        ) as named (name, parts)
        cross join string_to_table(named.parts, ' ') as part
        group by named.name
    loop
        execute format(
            'select format(''%1$s %%s, "%%s"'', row.id, app.secret_in_clear(said)) '
            'from public.%1$I as row cross join unnest(array[%2$s]) as said where app.secret_in_clear(said) is not null limit 1',
            place.name, case place.name when 'system_settings'
                then 'jsonb_build_object(setting_key, setting_value)' else place.settings end
        ) into found;
        if found is not null then
            raise exception 'a secret lies in the clear: %', found
                using hint = 'Whoever could read it knows it: change it where it is used, and write here where it is kept (env:NAME).';
        end if;
        execute format(
            'create or replace trigger refuse_secrets before insert or update of %s on public.%I '
            'for each row execute function app.refuse_secrets(%s)',
            place.columns, place.name, place.settings
        );
    end loop;
end;
$$;
