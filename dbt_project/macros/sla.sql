{# The state of a promise: kept or broken where it was answered, else by how much of it is used up.
   What ended without an answer can no longer keep it. #}
{% macro sla_state(done, used, target, is_over) -%}
    case
        when {{ done }} <= {{ target }} then 'met'
        when {{ done }} > {{ target }} or {{ is_over }} or {{ used }} > {{ target }} then 'breached'
        when {{ used }} * 2 > {{ target }} then 'at_risk'
        when {{ used }} is not null then 'pending'
    end
{%- endmacro %}
