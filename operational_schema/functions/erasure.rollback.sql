-- Takes back functions/erasure.sql.

drop function if exists app.erase_customer(uuid, uuid, boolean);
drop function if exists app.mask_elsewhere(uuid, text[]);
drop function if exists app.mask_values(text, text[]);
drop function if exists app.subject_values(uuid, uuid);
