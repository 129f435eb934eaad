-- Takes back 049_former_values_of_conversations.sql. Refuses to lose rows, unless the setting app.force_rollback is on.

do $$
declare
    has_rows boolean;
begin
    lock table app.former_values in access exclusive mode;
    select exists (
        select from app.former_values as former where former.kind not in ('name', 'email', 'phone', 'external_id')
    ) into has_rows;
    if has_rows and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
        raise exception 'the rows of app.former_values would be lost' using hint = 'romashka migrate down --force loses them';
    end if;
end;
$$;

delete from app.former_values as former where former.kind not in ('name', 'email', 'phone', 'external_id');
alter table app.former_values
    drop column conversation_id,
    alter column customer_id set not null,
    drop constraint former_values_kind_known,
    add constraint former_values_kind_known check (kind in ('name', 'email', 'phone', 'external_id'));
comment on column app.former_values.kind is null;
