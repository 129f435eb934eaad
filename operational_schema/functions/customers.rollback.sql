-- Takes back customers.sql, with the triggers that call its functions.

drop function if exists public.update_customer_stats() cascade;
drop function if exists app.measure_customers(uuid, uuid[]);
