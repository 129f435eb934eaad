-- Takes back functions/erased_identities.sql.

drop function if exists app.unless_masked(uuid, text, text);
drop function if exists app.remember_erased(uuid, text[]);
drop function if exists app.identity_digest(uuid, text, text);
