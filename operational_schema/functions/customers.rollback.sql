-- Takes back customers.sql, with the triggers that call its functions.

drop function if exists app.obey_consent() cascade;
drop function if exists public.update_customer_stats() cascade;
drop function if exists app.measure_customers(uuid, uuid[]);
drop function if exists app.latest_consent(uuid, uuid, text);
