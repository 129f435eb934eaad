"""The figures that a report can show, by name.

Belongs here: each figure's label, unit and SQL over the marts. Not here: what the columns mean (`marts.metric_catalogue`,
by their names), running it (`query.py`), and how a unit looks (`figures.py`). A mean is a sum over a count, never a mean of
means; where the count is zero there is no figure.
"""

import re
from dataclasses import dataclass
from typing import Literal

Unit = Literal["count", "seconds", "share", "score"]


@dataclass(frozen=True)
class Metric:
    """A figure. `value` and `sample` aggregate rows of marts.conversation_analytics named `c`.

    `better`: which way is good news; None where neither is. `is_proportion`: whether it is a share of `sample` yes-or-no answers.
    """

    name: str
    label: str
    unit: Unit
    value: str
    sample: str
    definition: str
    better: Literal["more", "less"] | None = None
    is_proportion: bool = False

    @property
    def made_of(self) -> list[str]:
        """The columns behind it, by the names under which marts.metric_catalogue defines them, and dbt's documentation."""
        return sorted({f"conversation_analytics.{name}" for name in re.findall(r"\bc\.(\w+)", self.value)})


def _mean(name: str, label: str, column: str, definition: str) -> Metric:
    value = f"sum(c.{column}) / nullif(count(c.{column}), 0)"
    return Metric(name, label, "seconds", value, f"count(c.{column})", definition, "less")


def _percentile(name: str, label: str, column: str, share: float, definition: str) -> Metric:
    value = f"percentile_cont({share}) within group (order by c.{column})"
    return Metric(name, label, "seconds", value, f"count(c.{column})", definition, "less")


def _share(
    name: str, label: str, condition: str, among: str, definition: str, better: Literal["more", "less"] | None
) -> Metric:
    counted = f"count(*) filter (where {among})"
    value = f"1.0 * count(*) filter (where {condition}) / nullif({counted}, 0)"
    return Metric(name, label, "share", value, counted, definition, better, is_proportion=True)


RESOLVED = "c.resolved_by is not null"
RATED = "c.customer_satisfaction is not null"

METRICS = (
    Metric(
        "total_conversations", "Conversations", "count", "count(*)", "count(*)", "Conversations that started in the period."
    ),
    _share("resolution_rate", "Resolved", RESOLVED, "true", "Share of them that is resolved or closed now.", "more"),
    _share(
        "ai_resolution_rate", "Resolved by AI", "c.resolved_by = 'ai'", RESOLVED,
        "Of the resolved ones, the share in which the AI had answered and no agent had.", None,
    ),
    _share("abandoned_rate", "Never answered", "c.resolved_by = 'abandoned' or c.is_abandoned", "true",
           "Share that ended before any public answer, or went idle without one.", "less"),
    _mean("avg_first_response_seconds", "First response, mean", "first_response_seconds",
          "From the first customer message to the first answer of the AI or an agent."),
    _percentile("median_first_response_seconds", "First response, median", "first_response_seconds", 0.5,
                "Half of the answered conversations were answered faster."),
    _percentile("p90_first_response_seconds", "First response, 90 %", "first_response_seconds", 0.9,
                "Nine of ten answered conversations were answered faster."),
    _mean("avg_first_human_response_seconds", "First human response, mean", "first_human_response_seconds",
          "From the first customer message to the first answer of an agent."),
    _mean("avg_resolution_seconds", "Resolution, mean", "full_resolution_seconds",
          "From the start to the last resolution, of those resolved."),
    _share("handoff_rate", "Handed to an agent", "c.handoff_count > 0", "true",
           "Share of them that an agent took over from the AI.", None),
    _share("reopened_rate", "Reopened", "c.reopen_count > 0", "c.first_resolved_at is not null",
           "Of those ever resolved, the share that was opened again.", "less"),
    Metric("avg_satisfaction", "Satisfaction (1–5)", "score",
           "sum(c.customer_satisfaction) / nullif(count(c.customer_satisfaction), 0)", "count(c.customer_satisfaction)",
           "Mean of the last ratings, 1 to 5.", "more"),
    _share("rated_rate", "Rated", RATED, "true", "Share of the conversations with a rating.", "more"),
    _share("satisfied_rate", "Satisfied (4–5)", "c.customer_satisfaction >= 4", RATED, "Share of the ratings from 4.", "more"),
    _share("dissatisfied_rate", "Dissatisfied (1–2)", "c.customer_satisfaction <= 2", RATED,
           "Share of the ratings up to 2.", "less"),
    Metric("ai_messages", "AI messages", "count", "coalesce(sum(c.ai_messages), 0)", "count(*)",
           "Public messages of the AI in these conversations."),
    Metric("ai_confidence", "AI confidence, mean", "share",
           "sum(c.ai_confidence_sum) / nullif(sum(c.ai_confidence_count), 0)", "coalesce(sum(c.ai_confidence_count), 0)",
           "Mean over the AI messages that state a confidence.", "more"),
    Metric("ai_fallback_rate", "AI below its threshold", "share",
           "1.0 * sum(c.ai_fallback_messages) / nullif(sum(c.ai_confidence_count), 0)",
           "coalesce(sum(c.ai_confidence_count), 0)",
           "Share of those messages below the tenant's hand-off threshold.", "less", is_proportion=True),
)  # fmt: skip

BY_NAME = {metric.name: metric for metric in METRICS}
