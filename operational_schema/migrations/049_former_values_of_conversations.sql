-- What only a conversation knew of whoever wrote is kept, too, when it is changed there: messages go on saying it.
-- Rows of this table are few, and nobody but triggers writes them; the new column is empty, and what is checked anew allows more.
-- squawk-ignore-file adding-foreign-key-constraint,ban-drop-constraint,ban-drop-not-null,constraint-missing-not-valid

alter table app.former_values
    alter column customer_id drop not null,
    add column conversation_id uuid,
    add constraint former_values_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    add constraint former_values_one_bearer check (num_nonnulls(customer_id, conversation_id) = 1),
    drop constraint former_values_kind_known,
    add constraint former_values_kind_known check (
        kind in (
            'name', 'email', 'phone', 'external_id',
            'user_name', 'user_email', 'customer_phone', 'customer_social_id', 'external_conversation_id'
        )
    );
comment on column app.former_values.conversation_id is 'Of one without a customer; with the customer that it gets later, it is theirs.';
comment on column app.former_values.kind is 'The column that had it: of customer_profiles, or of conversations.';

create index idx_former_values_conversation_id on app.former_values (tenant_id, conversation_id);
