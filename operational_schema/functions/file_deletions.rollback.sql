-- Takes back file_deletions.sql, with the triggers that call its functions.

drop function if exists app.keep_erased_files(uuid, text[], text[]);
drop function if exists app.forget_path() cascade;
drop function if exists app.keep_file_in_use() cascade;
drop function if exists app.queue_file_deletion() cascade;
