-- What keeps the application's figures as things happen, until the warehouse publishes its own: of conversations by triggers,
-- of days and of the last 24 hours by jobs, and the alerts that stand on them. The definitions are in figures.sql.

create or replace function app.measure_conversations(of_tenant uuid, of_conversations uuid[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into public.conversation_analytics as kept (
        tenant_id, conversation_id, started_at, first_response_at, resolved_at, total_duration_seconds, total_messages,
        customer_messages, ai_messages, agent_messages, resolved_by, resolution_type, handoff_count, agent_switches,
        customer_satisfaction, ai_accuracy_score, knowledge_items_used, lead_qualified, revenue_generated, follow_up_required
    )
    select
        of_tenant, said.conversation_id, said.started_at, said.first_response_at, said.resolved_at,
        said.total_duration_seconds, said.total_messages, said.customer_messages, said.ai_messages, said.agent_messages,
        said.resolved_by, said.resolution_type, said.handoff_count, said.agent_switches, said.customer_satisfaction,
        1.0 * said.ai_answers_helpful / nullif(said.ai_answers_marked, 0), said.knowledge_items_used, said.lead_qualified,
        said.revenue_generated, said.follow_up_required
    from app.conversation_figures(of_tenant, of_conversations) as said
    on conflict (tenant_id, conversation_id) do update set
        started_at = excluded.started_at, first_response_at = excluded.first_response_at,
        resolved_at = excluded.resolved_at, total_duration_seconds = excluded.total_duration_seconds,
        total_messages = excluded.total_messages, customer_messages = excluded.customer_messages,
        ai_messages = excluded.ai_messages, agent_messages = excluded.agent_messages, resolved_by = excluded.resolved_by,
        resolution_type = excluded.resolution_type, handoff_count = excluded.handoff_count,
        agent_switches = excluded.agent_switches, customer_satisfaction = excluded.customer_satisfaction,
        ai_accuracy_score = excluded.ai_accuracy_score, knowledge_items_used = excluded.knowledge_items_used,
        lead_qualified = excluded.lead_qualified, revenue_generated = excluded.revenue_generated,
        follow_up_required = excluded.follow_up_required, source = 'database', data_as_of = now()
    where (
        kept.started_at, kept.first_response_at, kept.resolved_at, kept.total_duration_seconds, kept.total_messages,
        kept.customer_messages, kept.ai_messages, kept.agent_messages, kept.resolved_by, kept.resolution_type,
        kept.handoff_count, kept.agent_switches, kept.customer_satisfaction, kept.ai_accuracy_score,
        kept.knowledge_items_used, kept.lead_qualified, kept.revenue_generated, kept.follow_up_required
    ) is distinct from (
        excluded.started_at, excluded.first_response_at, excluded.resolved_at, excluded.total_duration_seconds,
        excluded.total_messages, excluded.customer_messages, excluded.ai_messages, excluded.agent_messages,
        excluded.resolved_by, excluded.resolution_type, excluded.handoff_count, excluded.agent_switches,
        excluded.customer_satisfaction, excluded.ai_accuracy_score, excluded.knowledge_items_used, excluded.lead_qualified,
        excluded.revenue_generated, excluded.follow_up_required
    );
end;
$$;
comment on function app.measure_conversations(uuid, uuid[]) is
    'Computes the figures of conversations anew and keeps what is different. What has no conversation any more stays as it is.';

create or replace function public.create_conversation_analytics()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if app.keeps_history() then
        perform app.measure_conversations(begun.tenant_id, array_agg(begun.id))
        from new_rows as begun
        group by begun.tenant_id;
    end if;
    return null;
end;
$$;
comment on function public.create_conversation_analytics() is
    'Begins the figures of each new conversation. Of an imported history the warehouse brings them.';

create or replace trigger begin_analytics
after insert on public.conversations
referencing new table as new_rows
for each statement execute function public.create_conversation_analytics();

create or replace function public.update_conversation_analytics_on_message()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- Plans stay for the session: the one made for a bulk load would read all conversations for each message that follows.
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
declare
    begun record;
begin
    if not app.keeps_history() then
        return null;
    end if;
    -- Counting is all that most messages ask for. A first answer, a take-over, another agent than the last, a message that comes
    -- late, or one without a row to count in has the conversation measured.
    for begun in
        with said as (
            select
                message.tenant_id, message.conversation_id, count(*)::integer as messages,
                (count(*) filter (where message.sender_type in ('user', 'customer', 'visitor')))::integer as customers,
                (count(*) filter (where message.sender_type in ('ai', 'assistant', 'bot')))::integer as ais,
                (count(*) filter (where message.sender_type in ('agent', 'human')))::integer as agents,
                min(message.created_at) as earliest, min(message.ordinal) as least_ordinal,
                array_agg(distinct message.sender_id) filter (
                    where message.sender_type in ('agent', 'human') and message.sender_id is not null
                ) as senders,
                array_agg(message.id) as ids
            from new_rows as message
            where not message.is_internal
            group by message.tenant_id, message.conversation_id
        ),
        counted as (
            update public.conversation_analytics as figures
            set
                total_messages = figures.total_messages + said.messages,
                customer_messages = figures.customer_messages + said.customers,
                ai_messages = figures.ai_messages + said.ais,
                agent_messages = figures.agent_messages + said.agents,
                source = 'database', data_as_of = now()
            from said
            where figures.tenant_id = said.tenant_id and figures.conversation_id = said.conversation_id
            returning
                figures.tenant_id, figures.conversation_id,
                coalesce(
                    said.earliest <= figures.resolved_at
                    or figures.first_response_at is null and figures.customer_messages > 0 and said.ais + said.agents > 0
                    -- Where there are transfers, they and no message say who was handed what.
                    or figures.handoff_count = 0 and figures.ai_messages > 0 and said.agents > 0 and not exists (
                        select from public.conversation_transfers as transfer
                        where transfer.tenant_id = said.tenant_id and transfer.conversation_id = said.conversation_id
                    )
                    or cardinality(said.senders) > 1
                    or case
                        when said.senders is null then false
                        when figures.agent_messages = said.agents then true
                        else said.senders[1] is distinct from (
                            select last.sender_id
                            from public.messages as last
                            where last.tenant_id = said.tenant_id and last.conversation_id = said.conversation_id
                                and last.sender_type in ('agent', 'human') and last.sender_id is not null
                                and not last.is_internal and last.id <> all (said.ids)
                            order by last.created_at desc, last.ordinal desc
                            limit 1
                        )
                    end
                    or exists (
                        select from public.messages as later
                        where later.tenant_id = said.tenant_id and later.conversation_id = said.conversation_id
                            and later.created_at >= said.earliest
                            and (later.created_at, later.ordinal) > (said.earliest, said.least_ordinal)
                            and not later.is_internal and later.id <> all (said.ids)
                    ),
                    false
                ) as is_unsure
        )
        select said.tenant_id, said.conversation_id
        from said
        left join counted on counted.tenant_id = said.tenant_id and counted.conversation_id = said.conversation_id
        where coalesce(counted.is_unsure, true)
    loop
        perform app.measure_conversations(begun.tenant_id, array[begun.conversation_id]);
    end loop;
    return null;
end;
$$;
comment on function public.update_conversation_analytics_on_message() is
    'Counts new messages in their conversation''s figures, at a cost that does not grow with the conversation.';

create or replace trigger measure_inserted
after insert on public.messages
referencing new table as new_rows
for each statement execute function public.update_conversation_analytics_on_message();

create or replace function app.measure_touched()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if app.keeps_history() then
        perform app.measure_conversations(
            coalesce(new.tenant_id, old.tenant_id), array[old.conversation_id, new.conversation_id]
        );
    end if;
    return null;
end;
$$;
comment on function app.measure_touched() is 'Has the conversation of a row measured, and the one it was of before.';

create or replace trigger measure_changed
after update on public.messages
for each row
when (
    (new.conversation_id, new.sender_type, new.sender_id, new.is_internal, new.created_at, new.ordinal, new.confidence_score)
    is distinct from
    (old.conversation_id, old.sender_type, old.sender_id, old.is_internal, old.created_at, old.ordinal, old.confidence_score)
)
execute function app.measure_touched();

create or replace trigger measure_touched
after insert or delete or update of status, from_agent_id, conversation_id on public.conversation_transfers
for each row execute function app.measure_touched();

create or replace trigger measure_touched
after insert or delete or update of was_helpful, knowledge_item_id, conversation_id on public.knowledge_analytics
for each row execute function app.measure_touched();

create or replace function app.measure_deleted()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'TRUNCATE' then
        perform app.measure_conversations(conversation.tenant_id, array_agg(conversation.id))
        from public.conversations as conversation
        group by conversation.tenant_id;
        return null;
    end if;
    -- Not per message: with a conversation all of its messages go, and its figures stay as they are.
    perform app.measure_conversations(gone.tenant_id, array_agg(distinct gone.conversation_id))
    from old_rows as gone
    where exists (
        select from public.conversations as conversation
        where conversation.tenant_id = gone.tenant_id and conversation.id = gone.conversation_id
    )
    group by gone.tenant_id;
    return null;
end;
$$;
comment on function app.measure_deleted() is 'Has the conversations measured of which messages were deleted.';

create or replace trigger measure_deleted
after delete on public.messages
referencing old table as old_rows
for each statement execute function app.measure_deleted();

create or replace trigger measure_truncated
after truncate on public.messages
for each statement execute function app.measure_deleted();

create or replace function public.update_conversation_analytics_on_resolution()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if app.keeps_history() then
        perform app.measure_conversations(new.tenant_id, array[new.id]);
    end if;
    return null;
end;
$$;
comment on function public.update_conversation_analytics_on_resolution() is
    'Measures a conversation that was resolved, closed, reopened, handed to somebody, rated, or worth something.';

-- After record_change, which triggers of one row reach by their names: what happened is measured from the events.
create or replace trigger update_analytics
after update on public.conversations
for each row
when (
    (new.status, new.assigned_agent_id, new.satisfaction_score, new.business_context, new.created_at)
    is distinct from (old.status, old.assigned_agent_id, old.satisfaction_score, old.business_context, old.created_at)
)
execute function public.update_conversation_analytics_on_resolution();

create or replace function app.day_in_turn(yesterday date, at timestamptz)
returns date
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    -- By the minute, and 31 is prime: whoever calls every 2, 5 or 60 minutes comes to every day, too.
    select day_in_turn.yesterday - 1 - (floor(extract(epoch from day_in_turn.at) / 60)::bigint % 31)::integer
$$;
comment on function app.day_in_turn(date, timestamptz) is
    'One of the 31 days before yesterday, another one each minute.';

create or replace function public.aggregate_daily_metrics(target_date date default null, of_tenant uuid default null)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    tenant record;
    gone integer;
    written integer;
    changed integer := 0;
begin
    for tenant in
        select asked.id, turn.day
        from public.tenants as asked
        cross join lateral (
            select
                (now() at time zone asked.timezone)::date - 1 as yesterday,
                (app.retention_cutoff(asked.id, rule.setting_key, rule.period, now()) at time zone asked.timezone)::date as first_whole
            from app.retention_rules() as rule
            where rule.table_name = 'conversations'
        ) as known
        cross join lateral (
            select coalesce(target_date, known.yesterday) as day
            union all
            -- What was resolved, rated or moved since. Of a day that retention has begun to forget less would be left.
            select app.day_in_turn(known.yesterday, now())
            where target_date is null and app.day_in_turn(known.yesterday, now()) >= known.first_whole
        ) as turn
        where asked.id = coalesce(of_tenant, asked.id)
            and not exists (
                select from public.daily_metrics as published
                where published.tenant_id = asked.id and published.source = 'warehouse' and published.date = turn.day
            )
        order by asked.id, turn.day
    loop
        delete from public.daily_metrics as kept
        where kept.tenant_id = tenant.id and kept.date = tenant.day
            and not exists (
                select from app.daily_figures(tenant.id, tenant.day) as said
                where (said.channel_type, said.department) = (kept.channel_type, kept.department)
                    and said.agent_id is not distinct from kept.agent_id
            );
        get diagnostics gone = row_count;
        insert into public.daily_metrics as kept (
            tenant_id, date, channel_type, department, agent_id, total_conversations, ai_resolved_conversations,
            human_resolved_conversations, abandoned_conversations, avg_first_response_time_seconds,
            avg_resolution_time_seconds, total_ratings, avg_satisfaction_score, ai_confidence_avg, ai_accuracy_rate,
            handoff_rate, leads_generated, sales_qualified_leads, revenue_attributed
        )
        select tenant.id, tenant.day, said.*
        from app.daily_figures(tenant.id, tenant.day) as said
        on conflict (tenant_id, date, channel_type, department, agent_id) do update set
            total_conversations = excluded.total_conversations,
            ai_resolved_conversations = excluded.ai_resolved_conversations,
            human_resolved_conversations = excluded.human_resolved_conversations,
            abandoned_conversations = excluded.abandoned_conversations,
            avg_first_response_time_seconds = excluded.avg_first_response_time_seconds,
            avg_resolution_time_seconds = excluded.avg_resolution_time_seconds, total_ratings = excluded.total_ratings,
            avg_satisfaction_score = excluded.avg_satisfaction_score, ai_confidence_avg = excluded.ai_confidence_avg,
            ai_accuracy_rate = excluded.ai_accuracy_rate, handoff_rate = excluded.handoff_rate,
            leads_generated = excluded.leads_generated, sales_qualified_leads = excluded.sales_qualified_leads,
            revenue_attributed = excluded.revenue_attributed, data_as_of = now()
        where (
            kept.total_conversations, kept.ai_resolved_conversations, kept.human_resolved_conversations,
            kept.abandoned_conversations, kept.avg_first_response_time_seconds, kept.avg_resolution_time_seconds,
            kept.total_ratings, kept.avg_satisfaction_score, kept.ai_confidence_avg, kept.ai_accuracy_rate,
            kept.handoff_rate, kept.leads_generated, kept.sales_qualified_leads, kept.revenue_attributed
        ) is distinct from (
            excluded.total_conversations, excluded.ai_resolved_conversations, excluded.human_resolved_conversations,
            excluded.abandoned_conversations, excluded.avg_first_response_time_seconds, excluded.avg_resolution_time_seconds,
            excluded.total_ratings, excluded.avg_satisfaction_score, excluded.ai_confidence_avg, excluded.ai_accuracy_rate,
            excluded.handoff_rate, excluded.leads_generated, excluded.sales_qualified_leads, excluded.revenue_attributed
        );
        get diagnostics written = row_count;
        changed := changed + gone + written;
    end loop;
    return changed;
end;
$$;
comment on function public.aggregate_daily_metrics(date, uuid) is
    'Computes a local day of one tenant or of all and returns how many rows changed; again it changes none. Where none is named, the day before today there, and in turn one of the 31 days before, for what changed since: called every minute, each of them twice an hour. Nothing older, nothing that retention has begun to forget, and no day that the warehouse has published, is computed anew by itself.';

create or replace function app.live_figures(of_tenant uuid, since interval, narrowed jsonb default '{}')
returns table (metric_name text, metric_value numeric, sample_size integer)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with chosen as (
            select conversation.*
            from public.conversations as conversation
            where conversation.tenant_id = of_tenant
                and (not narrowed ? 'channel_type' or conversation.channel_type = narrowed ->> 'channel_type')
                and (not narrowed ? 'department' or conversation.department = narrowed ->> 'department')
                and (
                    not narrowed ? 'agent_id'
                    or conversation.assigned_agent_id is not distinct from app.uuid_or_null(narrowed ->> 'agent_id')
                )
        ),
        present as (
            select
                count(*)::integer as open,
                (count(*) filter (where chosen.status in ('queued', 'escalated') and chosen.assigned_agent_id is null))::integer
                    as waiting
            from chosen
            where chosen.status in ('active', 'open', 'assigned', 'queued', 'human_handled', 'pending', 'escalated')
        ),
        started as (
            select said.*
            from app.conversation_figures(
                of_tenant, array(select chosen.id from chosen where chosen.created_at > now() - since and chosen.created_at <= now())
            ) as said
        )
        select figure.name, round(figure.value, 4), figure.sample
        from present
        cross join (
            select
                count(*)::integer as conversations,
                avg(first_response_seconds) as response, count(first_response_seconds)::integer as responses,
                avg(total_duration_seconds) as resolution, count(total_duration_seconds)::integer as resolutions,
                avg(customer_satisfaction) as satisfaction, count(customer_satisfaction)::integer as ratings,
                (count(*) filter (where resolved_by = 'ai'))::integer as by_ai,
                (count(*) filter (where resolved_by = 'agent'))::integer as by_agents, count(resolved_by)::integer as ended,
                1.0 * count(*) filter (where handoff_count > 0) / nullif(count(*), 0) as handed_off,
                sum(ai_confidence_sum) / nullif(sum(ai_confidence_count), 0) as confidence,
                coalesce(sum(ai_confidence_count), 0)::integer as confidences,
                1.0 * sum(ai_answers_helpful) / nullif(sum(ai_answers_marked), 0) as accuracy,
                coalesce(sum(ai_answers_marked), 0)::integer as marks,
                (count(*) filter (where resolved_by = 'abandoned' or is_abandoned))::integer as abandoned,
                (count(*) filter (where lead_qualified))::integer as leads,
                (count(*) filter (where lead_qualified and follow_up_required))::integer as sales_leads,
                sum(revenue_generated) as revenue, count(revenue_generated)::integer as revenues
            from started
        ) as said
        cross join lateral (values
            ('active_conversations', present.open::numeric, present.open),
            ('queue_size', present.waiting, present.waiting),
            ('total_conversations', said.conversations, said.conversations),
            ('ai_resolved_conversations', said.by_ai, said.conversations),
            ('human_resolved_conversations', said.by_agents, said.conversations),
            ('abandoned_conversations', said.abandoned, said.conversations),
            ('avg_first_response_time_seconds', said.response, said.responses),
            ('avg_resolution_time_seconds', said.resolution, said.resolutions),
            ('total_ratings', said.ratings, said.ratings),
            -- What the page of the last 24 hours calls otherwise than the days do has both names.
            ('satisfaction_score', said.satisfaction, said.ratings),
            ('avg_satisfaction_score', said.satisfaction, said.ratings),
            ('ai_resolution_rate', 1.0 * said.by_ai / nullif(said.ended, 0), said.ended),
            ('handoff_rate', said.handed_off, said.conversations),
            ('ai_confidence', said.confidence, said.confidences),
            ('ai_confidence_avg', said.confidence, said.confidences),
            ('ai_accuracy_rate', said.accuracy, said.marks),
            ('leads_generated', said.leads, said.conversations),
            ('sales_qualified_leads', said.sales_leads, said.conversations),
            ('revenue_attributed', said.revenue, said.revenues)
        ) as figure (name, value, sample);
end;
$$;
comment on function app.live_figures(uuid, interval, jsonb) is
    'What is open now, and what became of the conversations that started since then; narrowed by channel_type, department, agent_id. By the names of daily_metrics, and of what is there only now. Each with how many values it stands on; null where there are none.';

create or replace function public.refresh_realtime_metrics(of_tenant uuid default null)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    written integer;
begin
    with latest as (
        insert into public.realtime_metrics (tenant_id, metric_name, metric_value, dimensions, timestamp, expires_at)
        select
            tenant.id, figure.metric_name, figure.metric_value,
            scope.dimensions || jsonb_build_object('window', '24h', 'sample_size', figure.sample_size),
            now(), now() + interval '10 minutes'
        from public.tenants as tenant
        cross join lateral (
            select '{}'::jsonb as dimensions
            union all
            select jsonb_build_object('channel_type', recent.channel_type)
            from (
                select distinct conversation.channel_type
                from public.conversations as conversation
                where conversation.tenant_id = tenant.id and conversation.created_at > now() - interval '24 hours'
            ) as recent
        ) as scope
        cross join lateral app.live_figures(tenant.id, interval '24 hours', scope.dimensions) as figure
        where tenant.status = 'active' and tenant.id = coalesce(of_tenant, tenant.id) and figure.metric_value is not null
            and figure.metric_name not in ('avg_satisfaction_score', 'ai_confidence_avg')
        returning id
    ),
    utilised as (
        insert into public.realtime_metrics (tenant_id, metric_name, metric_value, dimensions, timestamp, expires_at)
        select
            agent.tenant_id, 'agent_utilization', round(1.0 * agent.current_chat_count / agent.max_concurrent_chats, 4),
            jsonb_build_object('agent_id', agent.agent_id, 'sample_size', agent.max_concurrent_chats),
            now(), now() + interval '10 minutes'
        from public.agent_availability as agent
        where agent.is_online and agent.max_concurrent_chats > 0 and agent.tenant_id = coalesce(of_tenant, agent.tenant_id)
        returning id
    )
    select (select count(*) from latest) + (select count(*) from utilised) into written;
    return written;
end;
$$;
comment on function public.refresh_realtime_metrics(uuid) is
    'Writes the figures of the last 24 hours, of each tenant and its channels, with their sample sizes; they count for ten minutes. What has no value has no row.';

create or replace function public.cleanup_expired_realtime_metrics()
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    expired integer;
begin
    delete from public.realtime_metrics as metric where metric.expires_at < now();
    get diagnostics expired = row_count;
    return expired;
end;
$$;
comment on function public.cleanup_expired_realtime_metrics() is 'Removes what counts no more; returns how many rows that were.';

create or replace function app.know_alert_metric()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    -- Of nobody's conversations, the names are all there is.
    known text[] := array(select figure.metric_name from app.live_figures(null, interval '0') as figure order by 1);
begin
    if new.metric <> all (known) then
        raise exception 'there is no metric "%" to be told about: it is one of %', left(new.metric, 100), array_to_string(known, ', ')
            using errcode = 'check_violation';
    end if;
    return new;
end;
$$;
comment on function app.know_alert_metric() is 'Refuses a rule on a metric that nobody measures: it would never fire.';

create or replace trigger know_metric
before insert or update of metric on public.alert_rules
for each row execute function app.know_alert_metric();

create or replace function public.evaluate_alert_rules(of_tenant uuid default null)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    rule record;
    holds boolean;
    opened integer := 0;
begin
    for rule in
        select asked.*, figure.metric_value, figure.sample_size
        from public.alert_rules as asked
        cross join lateral app.live_figures(
            asked.tenant_id, make_interval(mins => asked.time_window_minutes), asked.dimensions
        ) as figure
        -- Without data nothing begins to hold, and nothing ceases to.
        where asked.is_active and asked.tenant_id = coalesce(of_tenant, asked.tenant_id)
            and figure.metric_name = asked.metric and figure.metric_value is not null
        order by asked.tenant_id, asked.id
    loop
        holds := case rule.condition
            when 'above' then rule.metric_value > rule.threshold
            when 'below' then rule.metric_value < rule.threshold
            else rule.metric_value = rule.threshold
        end;
        if holds then
            insert into public.alert_history (tenant_id, rule_id, metric_value, threshold_value, sample_size)
            select rule.tenant_id, rule.id, rule.metric_value, rule.threshold, rule.sample_size
            where not exists (
                select from public.alert_history as before
                where before.tenant_id = rule.tenant_id and before.rule_id = rule.id
                    and (before.resolved_at is null
                        or before.resolved_at > now() - make_interval(mins => rule.cooldown_minutes))
            )
            on conflict do nothing;
            opened := opened + found::integer;
        else
            update public.alert_history as open
            set resolved_at = now()
            where open.tenant_id = rule.tenant_id and open.rule_id = rule.id and open.resolved_at is null;
        end if;
    end loop;
    return opened;
end;
$$;
comment on function public.evaluate_alert_rules(uuid) is
    'Opens an alert where a rule''s condition begins to hold, not again within its cooldown, and resolves it where that ends; returns how many were opened. The metrics are those of app.live_figures.';

revoke execute on function
    app.measure_conversations(uuid, uuid[]), public.create_conversation_analytics(),
    public.update_conversation_analytics_on_message(), app.measure_touched(), app.measure_deleted(),
    public.update_conversation_analytics_on_resolution(), app.day_in_turn(date, timestamptz),
    public.aggregate_daily_metrics(date, uuid),
    app.live_figures(uuid, interval, jsonb), public.refresh_realtime_metrics(uuid),
    public.cleanup_expired_realtime_metrics(), app.know_alert_metric(), public.evaluate_alert_rules(uuid)
    from public, anon, authenticated;
grant execute on function
    app.day_in_turn(date, timestamptz), public.aggregate_daily_metrics(date, uuid),
    app.live_figures(uuid, interval, jsonb), public.refresh_realtime_metrics(uuid),
    public.cleanup_expired_realtime_metrics(), public.evaluate_alert_rules(uuid)
    to service_role;
