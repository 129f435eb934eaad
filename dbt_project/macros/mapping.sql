{# One place for the words that the platform writes and what they mean here.
   Any other word is `unknown`: counted, never dropped. #}
{% macro mapped_sender(word) -%}
    case
        when {{ word }} in ('user', 'customer', 'visitor') then 'customer'
        when {{ word }} in ('ai', 'assistant', 'bot') then 'ai'
        when {{ word }} in ('agent', 'human') then 'agent'
        when {{ word }} = 'system' then 'system'
        else 'unknown'
    end
{%- endmacro %}

{% macro mapped_status(word) -%}
    case
        when {{ word }} in ('active', 'open', 'assigned', 'queued', 'human_handled') then 'active'
        when {{ word }} in ('closed', 'abandoned') then 'closed'
        when {{ word }} in ('pending', 'escalated', 'resolved') then {{ word }}
        when {{ word }} is not null then 'unknown'
    end
{%- endmacro %}

{% macro mapped_priority(word) -%}
    case
        when {{ word }} = 'medium' then 'normal'
        when {{ word }} in ('low', 'normal', 'high', 'urgent') then {{ word }}
        when {{ word }} is not null then 'unknown'
    end
{%- endmacro %}

{% macro mapped_sentiment(word) -%}
    case
        when {{ word }} in ('positive', 'neutral', 'negative') then {{ word }}
        when {{ word }} is not null then 'unknown'
    end
{%- endmacro %}

{# Channels are an open list: an unknown one stays as it is, and is only counted as a finding. #}
{% macro mapped_channel(word) -%}
    case
        when {{ word }} in (
            'website', 'email', 'whatsapp', 'sms', 'messenger', 'facebook', 'instagram', 'telegram',
            'twitter', 'phone', 'chat', 'api'
        ) then {{ word }}
        when {{ word }} is not null then 'unknown'
    end
{%- endmacro %}

{# The word that a mapping does not know. #}
{% macro unknown_word(mapped, word) -%}
    case {{ mapped }} when 'unknown' then {{ word }} end
{%- endmacro %}

{# A number that a tenant has set, or the default where it has set none, or no number.
   More than nine digits are none: added to an instant, they stopped every tenant's build. #}
{% macro number_setting(key, default) -%}
    coalesce(
        max(
            case
                when
                    settings.setting_key = '{{ key }}'
                    and settings.setting_value ~ '^[0-9]{1,9}(\.[0-9]{1,9})?$'
                    then cast(settings.setting_value as numeric)
            end
        ),
        {{ default }}
    )
{%- endmacro %}

{# An amount as the marts keep it. One that the column cannot hold is not known:
   as an error, it stopped every tenant's build. #}
{% macro money(amount) -%}
    case
        when abs(round({{ amount }}, 2)) < 1000000000000
            then cast({{ amount }} as numeric(14, 2))
    end
{%- endmacro %}
