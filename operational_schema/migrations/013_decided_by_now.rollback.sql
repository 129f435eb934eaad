-- Takes back 013_decided_by_now.sql: no row is lost.

comment on column public.customer_consents.created_at is null;
revoke insert on public.customer_consents from authenticated;
grant insert on public.customer_consents to authenticated;
alter table public.customer_consents drop constraint customer_consents_decided_by_then;
