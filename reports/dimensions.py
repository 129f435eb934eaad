"""What figures can be split by.

Belongs here: each dimension's words and its SQL over the marts, for a query with parameters. Not here: the figures
(`catalog.py`), and the days, which also count where nothing happened (`query.by_day`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dimension:
    """`value` is what rows of marts.conversation_analytics named `c` are grouped by, `place` the order of the groups."""

    name: str
    label: str
    heading: str
    value: str
    place: str
    only: str = "true"


DIMENSIONS = (
    Dimension("channel", "Channel", "By channel", "c.channel_type", "1"),
    # By key: what an agent is called, the report knows (`reading.py`).
    Dimension("agent", "Agent", "By agent", "coalesce(c.agent_id::text, '')", "1"),
    Dimension("department", "Department", "By department", "c.department", "1"),
    Dimension(
        "weekday", "Weekday", "By weekday of the beginning",
        "(array['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])"
        "[extract(isodow from c.started_on)]",
        "min(extract(isodow from c.started_on))",
    ),
    Dimension(
        "outcome", "Resolved by", "By who resolved it",
        "case c.resolved_by when 'ai' then 'AI' when 'agent' then 'an agent' when 'abandoned' then 'nobody: never answered' "
        "else 'not resolved' end",
        "min(case c.resolved_by when 'ai' then 1 when 'agent' then 2 when 'abandoned' then 3 else 4 end)",
    ),
    Dimension(
        "rating", "Rating", "By rating",
        "trunc(c.customer_satisfaction)::integer::text", "1 desc", "c.customer_satisfaction is not null",
    ),
    Dimension(
        "confidence", "Confidence", "By mean confidence of the AI",
        "case least(floor(c.ai_confidence_sum / c.ai_confidence_count * 5), 4) when 0 then 'below 20 %%' "
        "when 1 then '20 to 40 %%' when 2 then '40 to 60 %%' when 3 then '60 to 80 %%' else '80 %% and above' end",
        "min(c.ai_confidence_sum / c.ai_confidence_count)", "c.ai_confidence_count > 0",
    ),
)  # fmt: skip

BY_NAME = {dimension.name: dimension for dimension in DIMENSIONS}
