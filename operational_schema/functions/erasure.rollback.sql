-- Takes back functions/erasure.sql.

drop function if exists app.erase_customer(uuid, boolean);
drop function if exists app.mask_elsewhere(uuid, text[]);
drop function if exists app.take_off_lists(uuid, text[]);
drop function if exists app.mask_rows(text, text, uuid, uuid[], text[]);
drop function if exists app.mask_values(text, text[]);
drop function if exists app.subject_values(uuid, uuid);
drop function if exists app.is_part_of(text, text, boolean);
drop function if exists app.borne_values(uuid, uuid);
drop function if exists app.words_of_set_up(uuid, text[]);
drop function if exists app.closed_columns();
drop function if exists app.unclaimed_conversations(uuid, uuid);
drop function if exists app.like_patterns(text[]);
drop function if exists app.naming_pattern(text[]);
drop function if exists app.written_forms(text[]);
