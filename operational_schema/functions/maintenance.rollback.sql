-- Takes back maintenance.sql.

drop function if exists public.backup_critical_data(uuid);
drop function if exists app.configuration_tables();
drop function if exists public.get_system_health();
drop function if exists app.health_findings();
drop function if exists app.archive_lag();
drop function if exists app.replication_lag();
drop function if exists app.health_limits();
drop function if exists public.run_scheduled_maintenance();
