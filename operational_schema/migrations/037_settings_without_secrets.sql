-- Whether JSON holds a secret in the clear: asked by the domain of settings, and by the triggers of functions/settings.sql.

create function app.names_secret(name text)
returns boolean
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select said.word ~ concat(
            '(passwords?|passwd|passphrase|secrets?|credentials?|token|(access|refresh|auth|api|bearer)_?tokens)$',
            '|(api|access|private|secret|signing|encryption|master|shared|account|server|service|role|auth|webhook|hmac|ssh)_?keys?$',
            '|(^|_)(pwd|passcode|jwt|bearer|authorization|connection_string|dsn)$'
        )
        -- Marks of a place in a list or a text, what browsers are shown, and labels.
        and said.word !~ concat(
            '(^|_)(page|next|sync|delta|continuation|cursor|stop|start|end|eos|bos|pad|unk|sep|cls|mask|special|design)_?token$',
            '|(^|_)(public|publishable)_?(api|access)_?key$|(^|_)(forgot|forgotten|show|hide)_password$'
        )
    from regexp_replace(name, '([a-z0-9])([A-Z])', '\1_\2', 'g') as snake (word)
    cross join lateral regexp_replace(lower(snake.word), '[^a-z0-9]+', '_', 'g') as plain (word)
    -- Which one of several it is.
    cross join lateral regexp_replace(plain.word, concat(
        '(_?v?[0-9]+|_(value|plain|plaintext|clear|raw|live|test|prod|production|staging|sandbox|old|new|current|previous|backup',
        '|primary|secondary|default)|_)+$'
    ), '') as said (word)
$$;
comment on function app.names_secret(text) is
    'Whether a key says by its name that its value is a secret: password, clientSecret, X-Api-Key, smtp_pwd_2. Not max_tokens, page_token, password_policy, public_key.';

create function app.hides_secret(said jsonb, name text)
returns boolean
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select not exists (
        select from jsonb_path_query(said, '$.**') as leaf (value)
        where case jsonb_typeof(leaf.value)
            when 'string' then leaf.value #>> '{}' !~ concat(
                '^([*•]*|v1\.[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}',
                '|((Bearer|Basic|Token) +)?((env|vault):[A-Za-z0-9][A-Za-z0-9_./-]{0,254}|\$\{[\w.]+\}|\{\{ *[\w.]+ *\}\}))$'
            )
            -- Tokens are counted, too; a number called password is one.
            when 'number' then name !~* 'token$'
            else false
        end
    )
$$;
comment on function app.hides_secret(jsonb, text) is
    'Whether a value that is called a secret holds none that could be read: nothing, true or false, an envelope, asterisks, or where it is kept (env:NAME, vault:NAME, ${NAME}, {{name}}).';

create function app.secret_in_clear(settings jsonb)
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    with item as (
        select found.value, jsonb_typeof(found.value) as kind from jsonb_path_query(settings, '$.**') as found (value)
    ),
    said as (
        select pair.key, pair.value
        from item
        cross join lateral jsonb_each(case item.kind when 'object' then item.value else '{}' end) as pair
        union all
        -- A list of headers: {"name": "Authorization", "value": …}.
        select item.value ->> label.name, item.value -> 'value'
        from item
        cross join (values ('name'), ('key'), ('header'), ('field')) as label (name)
        where item.kind = 'object' and item.value ? 'value' and item.value ->> label.name ~ '^\S+$'
    )
    select said.key from said where app.names_secret(said.key) and not app.hides_secret(said.value, said.key)
    union all
    select case when item.value #>> '{}' ~ 'PRIVATE KEY' then 'a private key' else 'the password of an address' end
    from item
    where item.kind = 'string'
        and item.value #>> '{}' ~ '-----BEGIN [A-Z ]*PRIVATE KEY-----|\w://[^/?#[:space:]@:]*:[^/?#[:space:]@{}$]+@'
    limit 1
$$;
comment on function app.secret_in_clear(jsonb) is
    'The first key, at any depth, that is called a secret and holds one that everybody could read; null where there is none. Values are looked at for private keys and for addresses with a password, too.';

create function app.refuse_secret(settings jsonb)
returns boolean
language plpgsql
immutable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found constant text := app.secret_in_clear(settings);
begin
    if found is not null then
        raise exception '"%" holds a secret in the clear', found
            using errcode = 'check_violation',
                hint = 'Seal it (romashka secrets set), or write where it is kept: env:NAME, vault:NAME, {{name}}.';
    end if;
    return true;
end;
$$;
comment on function app.refuse_secret(jsonb) is 'True, or an error that names the key and not the value.';

revoke execute on function
    app.names_secret(text), app.hides_secret(jsonb, text), app.secret_in_clear(jsonb), app.refuse_secret(jsonb)
    from public;
-- A domain asks with the rights of whoever writes.
grant execute on function app.refuse_secret(jsonb) to authenticated, service_role;

-- The three tables with such columns are small, and what the former check let pass is looked through once.
-- squawk-ignore ban-drop-constraint
alter domain app.open_settings drop constraint open_settings_without_secret;
-- squawk-ignore ban-alter-domain-with-add-constraint
alter domain app.open_settings add constraint open_settings_without_secret check (app.refuse_secret(value));
