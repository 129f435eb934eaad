-- Takes back 017_holds_outlive.sql. Refuses to lose holds whose subject is gone, unless the setting app.force_rollback is on.

lock table public.legal_holds in access exclusive mode;
do $$
declare
    lost integer;
begin
    with gone as (
        delete from public.legal_holds as hold
        where not exists (
            select from public.conversations as conversation
            where conversation.tenant_id = hold.tenant_id and conversation.id = hold.conversation_id
        ) and hold.conversation_id is not null
        or not exists (
            select from public.customer_profiles as customer
            where customer.tenant_id = hold.tenant_id and customer.id = hold.customer_id
        ) and hold.customer_id is not null
        returning hold.id
    )
    select count(*) into lost from gone;
    if lost > 0 and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
        raise exception '% rows of public.legal_holds would be lost', lost
            using hint = 'romashka migrate down --force loses them';
    end if;
end;
$$;

alter table public.legal_holds add constraint legal_holds_conversation_fkey
foreign key (tenant_id, conversation_id) references public.conversations (tenant_id, id) on delete cascade;
alter table public.legal_holds add constraint legal_holds_customer_fkey
foreign key (tenant_id, customer_id) references public.customer_profiles (tenant_id, id) on delete cascade;
comment on table public.legal_holds is
    'What must not be deleted: a conversation, a customer, or, where neither is named, all of the tenant. While one is in force a trigger refuses the delete; one that is over goes with its subject.';
comment on column public.legal_holds.conversation_id is null;
comment on column public.legal_holds.customer_id is null;
