-- The figures of conversations and of days as metrics.md defines them, computed from the rows of this database alone.
-- The warehouse computes the same from what it has landed; a test holds the two against each other.

create or replace function app.seconds_between(earlier timestamptz, later timestamptz)
returns numeric
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    -- Each instant is cut to the millisecond first, so that parts add up to the whole.
    select case
        when isfinite(earlier) and isfinite(later)
            then ((floor(extract(epoch from later) * 1000) - floor(extract(epoch from earlier) * 1000)) * 0.001)::numeric(18, 3)
    end
$$;
comment on function app.seconds_between(timestamptz, timestamptz) is
    'Exact seconds from one instant to another, to the millisecond; null where one of them is infinite.';

create or replace function app.setting_number(of_tenant uuid, key text, otherwise numeric)
returns numeric
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        (
            select (setting.setting_value #>> '{}')::numeric
            from public.system_settings as setting
            where setting.tenant_id = of_tenant and setting.setting_key = key
                and setting.setting_value #>> '{}' ~ '^[0-9]{1,9}(\.[0-9]{1,9})?$'
        ),
        otherwise
    )
$$;
comment on function app.setting_number(uuid, text, numeric) is
    'A number that the tenant has set; the default where it has set none, or what is no number.';

create or replace function app.conversation_figures(of_tenant uuid, of_conversations uuid[], as_of timestamptz default now())
returns table (
    conversation_id uuid, started_at timestamptz, first_response_at timestamptz, first_response_seconds numeric,
    resolved_at timestamptz, total_duration_seconds numeric, total_messages integer, customer_messages integer,
    ai_messages integer, agent_messages integer, resolved_by text, resolution_type text, is_abandoned boolean,
    handoff_count integer, agent_switches integer, customer_satisfaction numeric, ai_confidence_sum numeric,
    ai_confidence_count integer, ai_answers_marked integer, ai_answers_helpful integer, knowledge_items_used integer,
    lead_qualified boolean, revenue_generated numeric, follow_up_required boolean
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    with asked as (
        select conversation.*
        from public.conversations as conversation
        where conversation.tenant_id = of_tenant and conversation.id = any(of_conversations)
    ),
    said as (
        select
            message.conversation_id, message.id, message.ordinal, message.created_at, message.sender_id,
            message.confidence_score,
            case
                when message.sender_type in ('user', 'customer', 'visitor') then 'customer'
                when message.sender_type in ('ai', 'assistant', 'bot') then 'ai'
                when message.sender_type in ('agent', 'human') then 'agent'
                else message.sender_type
            end as sender,
            row_number() over (
                partition by message.conversation_id order by message.created_at, message.ordinal, message.id
            ) as place
        from public.messages as message
        where message.tenant_id = of_tenant and message.conversation_id = any(of_conversations) and not message.is_internal
    ),
    first_said as (
        select
            said.conversation_id,
            min(said.place) filter (where said.sender = 'customer') as customer_place,
            min(said.place) filter (where said.sender = 'ai') as ai_place
        from said
        group by said.conversation_id
    ),
    spoken as (
        select
            said.conversation_id,
            count(*)::integer as total_messages,
            (count(*) filter (where said.sender = 'customer'))::integer as customer_messages,
            (count(*) filter (where said.sender = 'ai'))::integer as ai_messages,
            (count(*) filter (where said.sender = 'agent'))::integer as agent_messages,
            min(said.created_at) filter (where said.place = first_said.customer_place) as asked_at,
            min(said.created_at) filter (
                where said.sender in ('ai', 'agent') and said.place > first_said.customer_place
            ) as answered_at,
            bool_or(said.sender = 'agent' and said.place > first_said.ai_place) as is_taken_over,
            sum(said.confidence_score) filter (where said.sender = 'ai') as confidence_sum,
            (count(said.confidence_score) filter (where said.sender = 'ai'))::integer as confidence_count
        from said
        inner join first_said on first_said.conversation_id = said.conversation_id
        group by said.conversation_id
    ),
    changes as (
        select
            asked.id as conversation_id, event.id, coalesce(event.ordinal, 0) as ordinal,
            coalesce(event.is_automatic, false) as is_automatic, event.from_status,
            coalesce(event.to_status, asked.status) as status, asked.created_at,
            -- The beginning may be moved behind the history: no time is less than none.
            greatest(event.occurred_at, asked.created_at) as entered_at,
            row_number() over (partition by asked.id order by event.occurred_at, event.ordinal, event.id) as place
        from asked
        left join public.conversation_events as event
            on event.tenant_id = of_tenant and event.conversation_id = asked.id and event.event_type = 'status'
    ),
    statuses as (
        select
            entry.conversation_id, entry.id, entry.ordinal, entry.is_automatic, entry.created_at, entry.entered_at, entry.place,
            case entry.status when 'abandoned' then 'closed' else entry.status end as status,
            lag(entry.status) over path as previous,
            lead(entry.place) over path is null as is_last
        from (
            select change.* from changes as change
            union all
            -- What is older than the recording of events begins in the status that its first event leaves.
            select
                change.conversation_id, null, 0, false, null, change.from_status, change.created_at, change.created_at, 0
            from changes as change
            where change.place = 1 and change.from_status is not null
        ) as entry
        window path as (partition by entry.conversation_id order by entry.place)
    ),
    ends as (
        select distinct on (ended.conversation_id)
            ended.conversation_id, ended.ordinal, ended.id, ended.is_automatic,
            case when ended.previous is null then ended.created_at else ended.entered_at end as resolved_at,
            last.status
        from statuses as ended
        inner join statuses as last
            on last.conversation_id = ended.conversation_id and last.is_last and last.status in ('resolved', 'closed')
        where ended.status in ('resolved', 'closed')
            and coalesce(ended.previous, '') not in ('resolved', 'closed', 'abandoned')
        order by ended.conversation_id, ended.place desc
    ),
    enders as (
        select
            ends.conversation_id,
            case
                when bool_or(said.sender = 'agent') then 'agent'
                when bool_or(said.sender = 'ai') then 'ai'
                else 'abandoned'
            end as resolved_by
        from ends
        left join said
            on said.conversation_id = ends.conversation_id
            and (said.created_at, said.ordinal, said.id) < (ends.resolved_at, ends.ordinal, ends.id)
        group by ends.conversation_id
    ),
    hands as (
        select
            hand.conversation_id, hand.is_assignment,
            (count(*) filter (where hand.agent_id <> hand.previous_agent_id))::integer as switches
        from (
            select
                event.conversation_id, true as is_assignment, event.to_agent_id as agent_id,
                lag(event.to_agent_id) over (
                    partition by event.conversation_id order by event.occurred_at, event.ordinal, event.id
                ) as previous_agent_id
            from public.conversation_events as event
            where event.tenant_id = of_tenant and event.conversation_id = any(of_conversations)
                and event.event_type = 'assignment' and event.to_agent_id is not null
            union all
            select
                said.conversation_id, false, said.sender_id,
                lag(said.sender_id) over (partition by said.conversation_id order by said.place)
            from said
            where said.sender = 'agent' and said.sender_id is not null
        ) as hand
        group by hand.conversation_id, hand.is_assignment
    ),
    transfers as (
        select
            transfer.conversation_id,
            (count(*) filter (where transfer.status = 'accepted' and transfer.from_agent_id is null))::integer as handoffs
        from public.conversation_transfers as transfer
        where transfer.tenant_id = of_tenant and transfer.conversation_id = any(of_conversations)
        group by transfer.conversation_id
    ),
    ratings as (
        select distinct on (event.conversation_id) event.conversation_id, event.score
        from public.conversation_events as event
        where event.tenant_id = of_tenant and event.conversation_id = any(of_conversations) and event.event_type = 'rating'
        order by event.conversation_id, event.occurred_at desc, event.ordinal desc, event.id desc
    ),
    uses as (
        select
            used.conversation_id,
            count(distinct used.knowledge_item_id)::integer as items,
            count(used.was_helpful)::integer as marked,
            (count(*) filter (where used.was_helpful))::integer as helpful
        from public.knowledge_analytics as used
        where used.tenant_id = of_tenant and used.conversation_id = any(of_conversations)
        group by used.conversation_id
    ),
    silences as (
        select entry.conversation_id, max(entry.at) as last_at
        from (
            select message.conversation_id, message.created_at as at
            from public.messages as message
            where message.tenant_id = of_tenant and message.conversation_id = any(of_conversations)
            union all
            select note.conversation_id, note.created_at
            from public.conversation_notes as note
            where note.tenant_id = of_tenant and note.conversation_id = any(of_conversations)
        ) as entry
        group by entry.conversation_id
    )
    select
        asked.id, asked.created_at, spoken.answered_at, app.seconds_between(spoken.asked_at, spoken.answered_at),
        ends.resolved_at, app.seconds_between(asked.created_at, ends.resolved_at),
        coalesce(spoken.total_messages, 0), coalesce(spoken.customer_messages, 0), coalesce(spoken.ai_messages, 0),
        coalesce(spoken.agent_messages, 0), enders.resolved_by,
        ends.status || case when ends.is_automatic then ':automatic' else ':manual' end,
        coalesce(spoken.ai_messages + spoken.agent_messages, 0) = 0 and (
            ends.conversation_id is not null
            or greatest(asked.created_at, silences.last_at) + make_interval(
                secs => app.setting_number(of_tenant, 'conversation_auto_close_time', 86400)::double precision
            ) < as_of
        ),
        coalesce(transfers.handoffs, spoken.is_taken_over::integer, 0),
        coalesce(assigned.switches, written.switches, 0),
        coalesce(ratings.score, asked.satisfaction_score), spoken.confidence_sum, coalesce(spoken.confidence_count, 0),
        coalesce(uses.marked, 0), coalesce(uses.helpful, 0), coalesce(uses.items, 0),
        case when jsonb_typeof(asked.business_context -> 'lead_qualified') = 'boolean'
            then (asked.business_context ->> 'lead_qualified')::boolean end,
        case
            when jsonb_typeof(asked.business_context -> 'revenue_generated') = 'number'
                and abs(round((asked.business_context ->> 'revenue_generated')::numeric, 2)) < 1000000000000
                then (asked.business_context ->> 'revenue_generated')::numeric(14, 2)
        end,
        case when jsonb_typeof(asked.business_context -> 'follow_up_required') = 'boolean'
            then (asked.business_context ->> 'follow_up_required')::boolean end
    from asked
    left join spoken on spoken.conversation_id = asked.id
    left join ends on ends.conversation_id = asked.id
    left join enders on enders.conversation_id = asked.id
    left join hands as assigned on assigned.conversation_id = asked.id and assigned.is_assignment
    left join hands as written on written.conversation_id = asked.id and not written.is_assignment
    left join transfers on transfers.conversation_id = asked.id
    left join ratings on ratings.conversation_id = asked.id
    left join uses on uses.conversation_id = asked.id
    left join silences on silences.conversation_id = asked.id
$$;
comment on function app.conversation_figures(uuid, uuid[], timestamptz) is
    'Conversations of a tenant in figures, by the definitions of metrics.md; seconds to the millisecond, null where nothing happened. as_of: the instant by which silence is abandonment.';

create or replace function app.daily_figures(of_tenant uuid, of_day date, as_of timestamptz default now())
returns table (
    channel_type text, department text, agent_id uuid, total_conversations integer, ai_resolved_conversations integer,
    human_resolved_conversations integer, abandoned_conversations integer, avg_first_response_time_seconds numeric,
    avg_resolution_time_seconds numeric, total_ratings integer, avg_satisfaction_score numeric, ai_confidence_avg numeric,
    ai_accuracy_rate numeric, handoff_rate numeric, leads_generated integer, sales_qualified_leads integer,
    revenue_attributed numeric
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    with started as (
        select conversation.id, conversation.channel_type, conversation.department, conversation.assigned_agent_id
        from public.tenants as tenant
        inner join public.conversations as conversation
            on conversation.tenant_id = tenant.id
            and conversation.created_at between
                (of_day::timestamp at time zone tenant.timezone) - interval '1 day'
                and (of_day::timestamp at time zone tenant.timezone) + interval '2 days'
        where tenant.id = of_tenant and (conversation.created_at at time zone tenant.timezone)::date = of_day
    )
    select
        started.channel_type, started.department, started.assigned_agent_id, count(*)::integer,
        (count(*) filter (where said.resolved_by = 'ai'))::integer,
        (count(*) filter (where said.resolved_by = 'agent'))::integer,
        (count(*) filter (where said.resolved_by = 'abandoned' or said.is_abandoned))::integer,
        (sum(said.first_response_seconds) / nullif(count(said.first_response_seconds), 0))::numeric(18, 3),
        (sum(said.total_duration_seconds) / nullif(count(said.total_duration_seconds), 0))::numeric(18, 3),
        count(said.customer_satisfaction)::integer,
        (sum(said.customer_satisfaction) / nullif(count(said.customer_satisfaction), 0))::numeric(7, 6),
        (sum(said.ai_confidence_sum) / nullif(sum(said.ai_confidence_count), 0))::numeric(7, 6),
        (1.0 * sum(said.ai_answers_helpful) / nullif(sum(said.ai_answers_marked), 0))::numeric(7, 6),
        (1.0 * count(*) filter (where said.handoff_count > 0) / count(*))::numeric(7, 6),
        (count(*) filter (where said.lead_qualified))::integer,
        (count(*) filter (where said.lead_qualified and said.follow_up_required))::integer,
        case when abs(sum(said.revenue_generated)) < 1000000000000 then sum(said.revenue_generated)::numeric(14, 2) end
    from started
    inner join app.conversation_figures(of_tenant, array(select id from started), as_of) as said
        on said.conversation_id = started.id
    group by started.channel_type, started.department, started.assigned_agent_id
$$;
comment on function app.daily_figures(uuid, date, timestamptz) is
    'The conversations that started on a local day of a tenant, by channel, department and agent (null: nobody''s), by the definitions of metrics.md.';

revoke execute on function
    app.seconds_between(timestamptz, timestamptz), app.setting_number(uuid, text, numeric),
    app.conversation_figures(uuid, uuid[], timestamptz), app.daily_figures(uuid, date, timestamptz)
    from public, anon, authenticated;
grant execute on function
    app.seconds_between(timestamptz, timestamptz), app.setting_number(uuid, text, numeric),
    app.conversation_figures(uuid, uuid[], timestamptz), app.daily_figures(uuid, date, timestamptz)
    to service_role;
