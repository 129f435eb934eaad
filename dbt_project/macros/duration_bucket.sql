{# The logarithmic bucket of a duration: bucket b holds what lies from 1.03^b up to 1.03^(b+1)
   milliseconds, so that its middle is within 1.5 % of everything in it. -1 is no time at all. #}
{% macro duration_bucket(seconds) -%}
    case
        when {{ seconds }} <= 0 then -1
        else cast(floor(
            ln(cast({{ seconds }} * 1000 as double precision))
            / ln(cast(1.03 as double precision))
        ) as integer)
    end
{%- endmacro %}
