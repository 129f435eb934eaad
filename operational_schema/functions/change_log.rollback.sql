-- Takes back change_log.sql, with the triggers that call its functions.

drop function if exists etl.record_change() cascade;
drop function if exists etl.record_tenant_change() cascade;
drop function if exists etl.record_customer_change() cascade;
drop function if exists etl.record_moved_message() cascade;
drop function if exists etl.record_loss() cascade;
drop function if exists public.cap_change_log(bigint);
drop function if exists etl.prune(pg_snapshot, text [], bigint []);
drop function if exists etl.reason();
drop function if exists etl.pseudonym(uuid, uuid);
drop function if exists etl.hmac_sha256(bytea, bytea);
drop function if exists etl.logged_tables();
