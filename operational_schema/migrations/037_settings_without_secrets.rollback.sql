-- Takes back 037_settings_without_secrets.sql.

alter domain app.open_settings drop constraint open_settings_without_secret;
alter domain app.open_settings add constraint open_settings_without_secret check (not jsonb_path_exists(
    value,
    '$.** ? (@.type() == "object").keyvalue() ? (
            @.key like_regex "(password|passwd|passphrase|secret|token|api_?key|private_?key|credentials?)$" flag "i"
            && !(@.key like_regex "(page|sync|delta|continuation)_?token$" flag "i")
            && (@.value.type() == "string" && @.value != "" || @.value.type() == "object" || @.value.type() == "array")
        )'
));
drop function app.refuse_secret(jsonb);
drop function app.secret_in_clear(jsonb);
drop function app.hides_secret(jsonb, text);
drop function app.names_secret(text);
