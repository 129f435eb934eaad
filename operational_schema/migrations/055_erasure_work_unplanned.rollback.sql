-- Takes back 055_erasure_work_unplanned.sql.

alter table app.erasure_work alter column item set statistics -1;
