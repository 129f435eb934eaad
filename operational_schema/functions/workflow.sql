-- Running workflows, counting their runs, and what widgets and scans keep by themselves.
--
-- The vocabulary of workflows.steps: a list of objects with a "type", and a "name" where a goto leads to it.
--   send_message  content, internal (false)          a message of sender_type system; {{key}} is replaced from the context
--   add_note      note, note_type (general)          a note to colleagues, replaced alike
--   assign        agent (uuid; null: nobody)         to an active agent or admin of the tenant
--   handoff       reason, department                 to people: escalated, nobody's, for whoever assigns
--   set_status    status
--   set_priority  priority
--   add_tag       tag;  remove_tag  tag
--   set_context   key, value                         for the conditions that follow
--   condition     if, then [steps], else [steps]     if: {"field": f, operator: value}; f is status, priority, channel_type,
--                                                    department, language, sentiment, intent, tags, message_count,
--                                                    satisfaction_score, ai_confidence, is_assigned, or context.key; operator is
--                                                    equals, not_equals, in, contains, greater_than, less_than, exists
--   wait          seconds, or until (an instant)     pauses; resume_due_workflows() goes on
--   goto          step (a name)                      within the limit of workflow_max_steps (100 where the tenant says nothing)
--   trigger_webhook  event, payload ({})             one queued row of webhook_logs for each active subscription to the event
--   stop                                             ends well
-- Conditions are laid flat before the first step, so that a run which waits within one can go on from a number. Each step is
-- whole or not at all; one that fails, or is none of these, ends the run as failed, and what was done before it stays.

create or replace function app.flat_steps(steps jsonb, path text default '', start integer default 0)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    flat jsonb := '[]';
    step jsonb;
    place integer := 0;
    branch jsonb;
    other jsonb;
begin
    -- What is no list of objects becomes a step without a type, which fails when it is its turn.
    for step in
        select value
        from jsonb_array_elements(case jsonb_typeof(steps) when 'array' then steps else '[{}]' end) as element (value)
    loop
        if jsonb_typeof(step) <> 'object' then
            step := '{}';
        end if;
        if step ->> 'type' = 'condition' then
            branch := app.flat_steps(
                coalesce(step -> 'then', '[]'), path || place || '.then.', start + jsonb_array_length(flat) + 1
            );
            other := app.flat_steps(
                coalesce(step -> 'else', '[]'), path || place || '.else.',
                start + jsonb_array_length(flat) + jsonb_array_length(branch) + 2
            );
            flat := flat
                || jsonb_build_array((step - array['then', 'else']) || jsonb_build_object(
                    'at', path || place, 'else_to', start + jsonb_array_length(flat) + jsonb_array_length(branch) + 2
                ))
                || branch
                || jsonb_build_array(jsonb_build_object(
                    'type', 'skip', 'at', path || place,
                    'to', start + jsonb_array_length(flat) + jsonb_array_length(branch) + 2 + jsonb_array_length(other)
                ))
                || other;
        else
            flat := flat || jsonb_build_array(step || jsonb_build_object('at', path || place));
        end if;
        place := place + 1;
    end loop;
    return flat;
end;
$$;
comment on function app.flat_steps(jsonb, text, integer) is
    'Steps with their conditions laid flat: where a branch is not taken, the number of the step at which to go on.';

create or replace function app.step_text(step jsonb, key text, context jsonb default null)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    said text := step ->> key;
    word text;
begin
    if said is null or said !~ '\S' then
        raise exception 'it says no %', key using errcode = 'invalid_parameter_value';
    end if;
    if context is not null then
        for word in select distinct place.words[1] from regexp_matches(said, '\{\{ *(\w+) *\}\}', 'g') as place (words) loop
            if context ->> word is null then
                raise exception 'the context has no %', word using errcode = 'invalid_parameter_value';
            end if;
        end loop;
        -- One pass, so that braces within a value are not replaced again.
        said := replace(said, E'\x01', '');
        said := (
            select string_agg(
                case when position % 2 = 0 then context ->> part else part end, '' order by position
            )
            from regexp_split_to_table(regexp_replace(said, '\{\{ *(\w+) *\}\}', E'\x01\\1\x01', 'g'), E'\x01')
                with ordinality as piece (part, position)
        );
    end if;
    return said;
end;
$$;
comment on function app.step_text(jsonb, text, jsonb) is
    'What a step says under a key, {{words}} replaced from the context; an error where it says nothing.';

create or replace function app.step_holds(condition jsonb, conversation public.conversations, context jsonb)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    field text := app.step_text(condition, 'field');
    operator text;
    wanted jsonb;
    actual jsonb;
begin
    select said.key, said.value into operator, wanted
    from jsonb_each(condition) as said
    where said.key in ('equals', 'not_equals', 'in', 'contains', 'greater_than', 'less_than', 'exists');
    if operator is null or (select count(*) from jsonb_object_keys(condition)) <> 2 then
        raise exception 'if takes a field and one of equals, not_equals, in, contains, greater_than, less_than, exists'
            using errcode = 'invalid_parameter_value';
    end if;
    if field like 'context.%' then
        actual := context -> substr(field, 9);
    elsif field = 'is_assigned' then
        actual := to_jsonb(conversation.assigned_agent_id is not null);
    elsif field in (
        'status', 'priority', 'channel_type', 'department', 'language', 'sentiment', 'intent', 'tags', 'message_count',
        'satisfaction_score', 'ai_confidence'
    ) then
        actual := to_jsonb(conversation) -> field;
    else
        raise exception 'there is no field "%"', field using errcode = 'invalid_parameter_value';
    end if;
    actual := nullif(actual, 'null');
    return coalesce(case operator
        when 'exists' then (actual is not null) = (wanted = 'true')
        when 'equals' then actual = wanted
        when 'not_equals' then actual is distinct from wanted
        when 'in' then wanted @> actual
        when 'contains' then case jsonb_typeof(actual)
            when 'array' then actual @> wanted
            else strpos(lower(actual #>> '{}'), lower(wanted #>> '{}')) > 0
        end
        when 'greater_than' then (actual #>> '{}')::numeric > (wanted #>> '{}')::numeric
        when 'less_than' then (actual #>> '{}')::numeric < (wanted #>> '{}')::numeric
    end, false);
end;
$$;
comment on function app.step_holds(jsonb, public.conversations, jsonb) is
    'Whether the condition of a step holds for a conversation and a context; what is not there equals nothing.';

create or replace function app.change_conversation(run public.workflow_executions, step jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    wanted uuid;
begin
    case step ->> 'type'
        when 'set_status' then
            update public.conversations as c set status = app.step_text(step, 'status')
            where c.tenant_id = run.tenant_id and c.id = run.conversation_id;
        when 'set_priority' then
            update public.conversations as c set priority = app.step_text(step, 'priority')
            where c.tenant_id = run.tenant_id and c.id = run.conversation_id;
        when 'add_tag' then
            update public.conversations as c set tags = array_append(c.tags, app.step_text(step, 'tag'))
            where c.tenant_id = run.tenant_id and c.id = run.conversation_id
                and not app.step_text(step, 'tag') = any(c.tags);
        when 'remove_tag' then
            update public.conversations as c set tags = array_remove(c.tags, app.step_text(step, 'tag'))
            where c.tenant_id = run.tenant_id and c.id = run.conversation_id;
        when 'handoff' then
            update public.conversations as c
            set
                status = 'escalated', assigned_agent_id = null,
                handoff_reason = coalesce(step ->> 'reason', c.handoff_reason),
                department = coalesce(step ->> 'department', c.department)
            where c.tenant_id = run.tenant_id and c.id = run.conversation_id;
        when 'assign' then
            if jsonb_typeof(step -> 'agent') <> 'null' then
                wanted := app.uuid_or_null(app.step_text(step, 'agent'));
                if not exists (
                    select from public.profiles as person
                    where person.tenant_id = run.tenant_id and person.id = wanted and person.is_active
                        and person.role in ('agent', 'admin')
                ) then
                    raise exception 'nobody active here is agent %', step ->> 'agent'
                        using errcode = 'invalid_parameter_value';
                end if;
            elsif not step ? 'agent' then
                raise exception 'it says no agent' using errcode = 'invalid_parameter_value';
            end if;
            update public.conversations as c set assigned_agent_id = wanted
            where c.tenant_id = run.tenant_id and c.id = run.conversation_id;
    end case;
end;
$$;
comment on function app.change_conversation(public.workflow_executions, jsonb) is 'Takes a step that changes the conversation itself.';

create or replace function app.take_step(inout run public.workflow_executions, step jsonb)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    kind text := step ->> 'type';
    conversation public.conversations;
begin
    run.next_step := run.next_step + 1;
    if run.conversation_id is null and kind in (
        'send_message', 'add_note', 'assign', 'handoff', 'set_status', 'set_priority', 'add_tag', 'remove_tag'
    ) then
        raise exception 'the run has no conversation' using errcode = 'invalid_parameter_value';
    end if;
    if kind in ('assign', 'handoff', 'set_status', 'set_priority', 'add_tag', 'remove_tag') then
        perform app.change_conversation(run, step);
    elsif kind = 'send_message' then
        insert into public.messages (tenant_id, conversation_id, sender_type, content, is_internal, channel_type, metadata)
        select
            c.tenant_id, c.id, 'system', app.step_text(step, 'content', run.context),
            coalesce((step ->> 'internal')::boolean, false), c.channel_type, jsonb_build_object('workflow_id', run.workflow_id)
        from public.conversations as c
        where c.tenant_id = run.tenant_id and c.id = run.conversation_id;
    elsif kind = 'add_note' then
        insert into public.conversation_notes (tenant_id, conversation_id, note, note_type)
        values (
            run.tenant_id, run.conversation_id, app.step_text(step, 'note', run.context), coalesce(step ->> 'note_type', 'general')
        );
    elsif kind = 'set_context' then
        run.context := run.context || jsonb_build_object(app.step_text(step, 'key'), step -> 'value');
    elsif kind = 'condition' then
        select c.* into conversation
        from public.conversations as c
        where c.tenant_id = run.tenant_id and c.id = run.conversation_id;
        if not app.step_holds(coalesce(step -> 'if', '{}'), conversation, run.context) then
            run.next_step := (step ->> 'else_to')::integer;
        end if;
    elsif kind = 'skip' then
        run.next_step := (step ->> 'to')::integer;
    elsif kind = 'goto' then
        select (named.place - 1)::integer into run.next_step
        from jsonb_array_elements(run.steps) with ordinality as named (step, place)
        where named.step ->> 'name' = app.step_text(take_step.step, 'step')
        order by named.place
        limit 1;
        if run.next_step is null then
            raise exception 'no step has the name "%"', step ->> 'step' using errcode = 'invalid_parameter_value';
        end if;
    elsif kind = 'wait' then
        run.status := 'paused';
        run.resume_at := coalesce(
            (step ->> 'until')::timestamptz,
            clock_timestamp() + make_interval(secs => greatest(app.step_text(step, 'seconds')::double precision, 0))
        );
    elsif kind = 'trigger_webhook' then
        insert into public.webhook_logs (tenant_id, webhook_subscription_id, event_type, payload)
        select
            subscription.tenant_id, subscription.id, subscription.event_type,
            coalesce(step -> 'payload', '{}') || jsonb_build_object('conversation_id', run.conversation_id, 'execution_id', run.id)
        from public.webhook_subscriptions as subscription
        where subscription.tenant_id = run.tenant_id and subscription.event_type = app.step_text(step, 'event')
            and subscription.is_active;
    elsif kind = 'stop' then
        run.next_step := jsonb_array_length(run.steps);
    else
        raise exception 'unknown type of step "%"', coalesce(kind, '') using errcode = 'invalid_parameter_value';
    end if;
end;
$$;
comment on function app.take_step(public.workflow_executions, jsonb) is
    'Does what a step says, and returns the run as it then stands; an error undoes all of the step.';

create or replace function app.run_workflow(execution uuid)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    said_before constant text := app.swap_setting('app.automatic', 'on');
    run public.workflow_executions;
    stepped public.workflow_executions;
    step jsonb;
    most integer;
    reason text;
begin
    select waiting.* into run from public.workflow_executions as waiting where waiting.id = execution for update;
    most := coalesce((
        select (setting.setting_value #>> '{}')::integer
        from public.system_settings as setting
        where setting.tenant_id = run.tenant_id and setting.setting_key = 'workflow_max_steps'
            and setting.setting_value #>> '{}' ~ '^[1-9][0-9]{0,5}$'
    ), 100);
    run.status := 'running';
    run.resume_at := null;
    while run.status = 'running' loop
        step := run.steps -> run.next_step;
        if step is null then
            run.status := 'completed';
            exit;
        end if;
        reason := null;
        if run.steps_taken >= most then
            reason := format('%s steps were taken, and it would go on: the limit is workflow_max_steps', most);
        else
            begin
                stepped := app.take_step(run, step);
            exception
                when serialization_failure or deadlock_detected then
                    raise;  -- not the workflow's fault: whoever asked tries again
                when others then
                    reason := sqlerrm;
            end;
        end if;
        if reason is not null then
            run.status := 'failed';
            run.error_message := format('step %s (%s): %s', step ->> 'at', coalesce(step ->> 'type', 'no type'), reason);
        else
            run := stepped;
        end if;
        run.steps_taken := run.steps_taken + 1;
        if step ->> 'type' <> 'skip' or reason is not null then
            run.execution_log := run.execution_log || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
                'step', step ->> 'at', 'type', step ->> 'type', 'name', step ->> 'name', 'at', clock_timestamp(),
                'result', case run.status when 'running' then 'done' else run.status end, 'error', reason
            )));
        end if;
        run.current_node_id := step ->> 'at';
    end loop;
    update public.workflow_executions as kept
    set
        status = run.status, resume_at = run.resume_at, error_message = run.error_message, context = run.context,
        next_step = run.next_step, steps_taken = run.steps_taken, execution_log = run.execution_log,
        current_node_id = run.current_node_id
    where kept.id = execution;
    perform app.swap_setting('app.automatic', said_before);
    return run.status;
end;
$$;
comment on function app.run_workflow(uuid) is
    'Takes the steps of a run from where it stands until it ends or waits; returns the status it then has.';

create or replace function app.may_run_workflows(of_tenant uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select pg_catalog.pg_has_role(
        case current_setting('role') when 'none' then session_user::text else current_setting('role') end,
        'service_role', 'usage'
    ) or coalesce(of_tenant = app.tenant_id() and app.role() in ('agent', 'admin'), false)
$$;
comment on function app.may_run_workflows(uuid) is
    'Whether whoever asks is staff of the tenant, or acts for the application''s server.';

create or replace function public.execute_workflow(workflow_id uuid, conversation_id uuid, context jsonb default '{}')
returns uuid
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    workflow public.workflows;
    made uuid;
begin
    if execute_workflow.workflow_id is null then
        raise exception 'no workflow is named' using errcode = 'null_value_not_allowed';
    end if;
    select known.* into workflow from public.workflows as known where known.id = execute_workflow.workflow_id;
    -- One answer for what is not there and for what is another tenant's.
    if workflow.id is null or not app.may_run_workflows(workflow.tenant_id) then
        raise exception 'there is no workflow %', execute_workflow.workflow_id using errcode = 'no_data_found';
    end if;
    if not workflow.is_active then
        raise exception 'workflow "%" is not active', workflow.name using errcode = 'object_not_in_prerequisite_state';
    end if;
    if execute_workflow.conversation_id is not null and not exists (
        select from public.conversations as known
        where known.tenant_id = workflow.tenant_id and known.id = execute_workflow.conversation_id
    ) then
        raise exception 'there is no conversation %', execute_workflow.conversation_id using errcode = 'no_data_found';
    end if;
    insert into public.workflow_executions (tenant_id, workflow_id, conversation_id, context, steps, started_at)
    values (
        workflow.tenant_id, workflow.id, execute_workflow.conversation_id, coalesce(execute_workflow.context, '{}'),
        app.flat_steps(workflow.steps), clock_timestamp()
    )
    returning id into made;
    -- Of a rule of the application the run itself is trace enough.
    if app.user_id() is not null then
        perform app.log_audit(workflow.tenant_id, 'execute', 'workflows', workflow.id, jsonb_build_object(
            'execution', jsonb_build_object('old', null, 'new', made)
        ));
    end if;
    perform app.run_workflow(made);
    return made;
end;
$$;
comment on function public.execute_workflow(uuid, uuid, jsonb) is
    'Runs an active workflow of the caller''s tenant on a conversation of it (or on none) and returns the key of the run, whose row says how it went. The steps are admins'' work, so they are taken with the owner''s rights.';

create or replace function public.resume_workflow(execution_id uuid)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    waiting public.workflow_executions;
begin
    select run.* into waiting from public.workflow_executions as run where run.id = execution_id for update;
    if waiting.id is null or not app.may_run_workflows(waiting.tenant_id) then
        raise exception 'there is no run %', execution_id using errcode = 'no_data_found';
    end if;
    if waiting.status <> 'paused' then
        raise exception 'run % does not wait: it is %', execution_id, waiting.status
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    if not exists (
        select from public.workflows as workflow
        where workflow.tenant_id = waiting.tenant_id and workflow.id = waiting.workflow_id and workflow.is_active
    ) then
        update public.workflow_executions as run
        set status = 'failed', resume_at = null, error_message = 'the workflow was switched off while the run waited'
        where run.id = execution_id;
        return 'failed';
    end if;
    return app.run_workflow(execution_id);
end;
$$;
comment on function public.resume_workflow(uuid) is
    'Goes on with a run that waits, before its time too; returns its status then. A run whose workflow was switched off meanwhile fails.';

create or replace function public.resume_due_workflows()
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    due record;
    resumed integer := 0;
begin
    for due in
        select run.id, run.tenant_id, run.conversation_id
        from public.workflow_executions as run
        where run.status = 'paused' and run.resume_at <= now()
        order by run.resume_at, run.id
        for update skip locked
    loop
        -- Whoever has the conversation may wait for what an earlier run has taken: this one is for the next round.
        perform from public.conversations as conversation
        where conversation.tenant_id = due.tenant_id and conversation.id = due.conversation_id
        for no key update skip locked;
        continue when due.conversation_id is not null and not found;
        perform public.resume_workflow(due.id);
        resumed := resumed + 1;
    end loop;
    return resumed;
end;
$$;
comment on function public.resume_due_workflows() is
    'Goes on with every run whose time has come, for a job to call; two at once share them out. Returns how many.';

create or replace function app.keep_workflow_end()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.status in ('completed', 'failed') then
        new.completed_at := coalesce(new.completed_at, greatest(clock_timestamp(), new.started_at));
    elsif tg_op = 'UPDATE' and old.status in ('completed', 'failed') then
        raise exception 'run % has ended, and cannot be % again', old.id, new.status
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    return new;
end;
$$;
comment on function app.keep_workflow_end() is 'Says when a run ended, where the application does not; an ended run stays ended.';

create or replace trigger keep_end
before insert or update of status on public.workflow_executions
for each row execute function app.keep_workflow_end();

create or replace function public.update_workflow_statistics()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    before_it text := case when tg_op = 'UPDATE' and old.status in ('completed', 'failed') then old.status end;
begin
    update public.workflows as workflow
    set
        execution_count = workflow.execution_count + (before_it is null)::integer,
        success_count = workflow.success_count + (new.status = 'completed')::integer
            - coalesce((before_it = 'completed')::integer, 0),
        failure_count = workflow.failure_count + (new.status = 'failed')::integer
            - coalesce((before_it = 'failed')::integer, 0)
    where workflow.tenant_id = new.tenant_id and workflow.id = new.workflow_id;
    return null;
end;
$$;
comment on function public.update_workflow_statistics() is
    'Counts a run once, when it ends or comes in ended; one that is corrected afterwards moves from one count to the other.';

create or replace trigger count_inserted
after insert on public.workflow_executions
for each row when (new.status in ('completed', 'failed'))
execute function public.update_workflow_statistics();

create or replace trigger count_ended
after update on public.workflow_executions
for each row when (new.status in ('completed', 'failed') and new.status is distinct from old.status)
execute function public.update_workflow_statistics();

create or replace function public.generate_widget_embed_code()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    script text := coalesce((
        select setting.setting_value #>> '{}'
        from public.system_settings as setting
        where setting.tenant_id = new.tenant_id and setting.setting_key = 'widget_script_url'
            and setting.setting_value #>> '{}' ~ '^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$'
    ), 'https://widget.romashka.example/v1/widget.js');
begin
    new.embed_code := format('<script src="%s" data-widget-id="%s" async></script>', script, new.id);
    return new;
end;
$$;
comment on function public.generate_widget_embed_code() is
    'What a page includes: the address of the script (setting widget_script_url, only if it is a plain https address) and the widget''s key. Everything that somebody typed is fetched as data by that key, and never becomes part of a page''s markup.';

create or replace trigger generate_embed_code
before insert or update on public.widget_configurations
for each row execute function public.generate_widget_embed_code();

create or replace function app.keep_scan_progress()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.pages_found := greatest(new.pages_found, new.pages_processed);
    new.progress_percentage := case
        when new.status = 'completed' then 100
        when new.pages_found = 0 then 0
        else least(99, 100 * new.pages_processed::bigint / new.pages_found)
    end;
    if new.status <> 'pending' then
        new.started_at := coalesce(new.started_at, clock_timestamp());
    end if;
    new.completed_at := case
        when new.status in ('completed', 'failed')
            then coalesce(new.completed_at, greatest(clock_timestamp(), new.started_at))
    end;
    return new;
end;
$$;
comment on function app.keep_scan_progress() is
    'The share of the pages found that are processed; 100 only when the job says it is done, and never more.';

create or replace trigger keep_progress
before insert or update on public.website_scan_jobs
for each row execute function app.keep_scan_progress();

create or replace function public.update_scan_job_progress()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update public.website_scan_jobs as job
    set
        pages_processed = job.pages_processed + arrived.pages,
        status = case job.status when 'pending' then 'scanning' else job.status end
    from (
        select page.tenant_id, page.scan_job_id, count(*)::integer as pages
        from new_rows as page
        group by page.tenant_id, page.scan_job_id
    ) as arrived
    where job.tenant_id = arrived.tenant_id and job.id = arrived.scan_job_id and job.status not in ('completed', 'failed');
    return null;
end;
$$;
comment on function public.update_scan_job_progress() is 'Counts the pages of a scan as they are read; of a job that is over, nothing.';

create or replace trigger count_pages
after insert on public.extracted_content
referencing new table as new_rows
for each statement execute function public.update_scan_job_progress();

revoke execute on function
    app.flat_steps(jsonb, text, integer), app.step_text(jsonb, text, jsonb),
    app.step_holds(jsonb, public.conversations, jsonb), app.change_conversation(public.workflow_executions, jsonb),
    app.take_step(public.workflow_executions, jsonb), app.run_workflow(uuid), app.may_run_workflows(uuid),
    app.keep_workflow_end(), app.keep_scan_progress()
    from public;
revoke execute on function
    public.execute_workflow(uuid, uuid, jsonb), public.resume_workflow(uuid), public.resume_due_workflows(),
    public.update_workflow_statistics(), public.generate_widget_embed_code(), public.update_scan_job_progress()
    from public, anon, authenticated;
grant execute on function public.execute_workflow(uuid, uuid, jsonb), public.resume_workflow(uuid)
    to authenticated, service_role;
grant execute on function public.resume_due_workflows() to service_role;
