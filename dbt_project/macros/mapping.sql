{# One place for the words that the platform writes and what they mean here. Any other word is `unknown`: counted, never dropped. #}
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

{# A number that a tenant has set, or the default where it has set none, or no number. #}
{% macro number_setting(key, default) -%}
    coalesce(
        max(
            case
                when settings.setting_key = '{{ key }}' and settings.setting_value ~ '^[0-9]+(\.[0-9]+)?$'
                    then cast(settings.setting_value as numeric)
            end
        ),
        {{ default }}
    )
{%- endmacro %}
