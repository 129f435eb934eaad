-- Takes back 006_workflows_utilities.sql.

drop table public.system_settings;
