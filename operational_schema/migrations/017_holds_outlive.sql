-- A hold that is over is evidence: it stays when what it kept goes.

-- squawk-ignore ban-drop-constraint
alter table public.legal_holds drop constraint legal_holds_conversation_fkey;
-- squawk-ignore ban-drop-constraint
alter table public.legal_holds drop constraint legal_holds_customer_fkey;
comment on table public.legal_holds is
    'What must not be deleted: a conversation, a customer, or, where neither is named, all of the tenant. While one is in force a trigger refuses the delete; one that is over stays as evidence, but for that on a customer who is erased.';
comment on column public.legal_holds.conversation_id is 'Not a foreign key: a hold that is over outlives what it kept.';
comment on column public.legal_holds.customer_id is 'Not a foreign key: a hold that is over outlives whom it was about, until they are erased.';
