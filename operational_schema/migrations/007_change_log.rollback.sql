-- Takes back 007_change_log.sql, with the functions and triggers that fill the log.

drop schema etl cascade;
