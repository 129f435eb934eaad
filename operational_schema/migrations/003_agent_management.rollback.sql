-- Takes back 003_agent_management.sql. Refuses to lose rows, unless the setting app.force_rollback is on.

do $$
declare
    lost text;
    has_rows boolean;
begin
    foreach lost in array array[
        'public.canned_responses', 'public.sla_tracking', 'public.file_attachments', 'public.conversation_transfers',
        'public.conversation_notes', 'public.agent_availability_events', 'public.agent_availability'
    ] loop
        execute format('lock table %s in access exclusive mode', lost);
        execute format('select exists (select from %s)', lost) into has_rows;
        if has_rows and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
            raise exception 'the rows of % would be lost', lost using hint = 'romashka migrate down --force loses them';
        end if;
    end loop;
end;
$$;

drop table public.canned_responses;
drop table public.sla_tracking;
drop table public.file_attachments;
drop table public.conversation_transfers;
drop table public.conversation_notes;
drop table public.agent_availability_events;
drop table public.agent_availability;
