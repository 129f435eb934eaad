"""What each type and template shows."""

import itertools

import pytest

from reports.catalog import METRICS
from reports.dimensions import DIMENSIONS
from reports.errors import ReportError
from reports.layout import columns_of, layout

TYPES = ("performance", "satisfaction", "ai_analytics")
TEMPLATES = ("default", "executive", "detailed", "comparison")


def test_every_type_and_template_shows_something_of_its_own() -> None:
    shown = {
        (kind, template): layout(kind, template, metrics=(), dimensions=())
        for kind, template in itertools.product(TYPES, TEMPLATES)
    }
    for one, other in itertools.combinations(shown.values(), 2):
        assert one != other


def test_an_executive_sees_few_figures_and_no_tables() -> None:
    shown = layout("performance", "executive", metrics=(), dimensions=())
    assert len(shown.figures) == 4 and not {"groups", "days"} & set(shown.parts)


def test_details_are_more_than_the_default() -> None:
    for kind in TYPES:
        default, detailed = (layout(kind, template, metrics=(), dimensions=()) for template in ("default", "detailed"))
        assert {group.name for group in default.groups} < {group.name for group in detailed.groups}


def test_what_is_chosen_is_what_is_shown() -> None:
    shown = layout("custom", "default", metrics=["abandoned_rate", "rated_rate"], dimensions=["weekday", "department"])
    assert (
        [metric.name for metric in shown.figures]
        == ["abandoned_rate", "rated_rate"]
        == [metric.name for metric in shown.columns]
    )
    assert [group.name for group in shown.groups] == ["weekday", "department"]


def test_a_group_is_not_measured_by_what_it_is_made_of() -> None:
    satisfaction = layout("satisfaction", "default", metrics=(), dimensions=())
    by_rating = next(group for group in satisfaction.groups if group.name == "rating")
    assert "avg_satisfaction" not in {metric.name for metric in columns_of(by_rating, satisfaction.columns)}


@pytest.mark.parametrize(("metrics", "dimensions"), [(["joy"], []), (["rated_rate"], ["mood"]), ([], [])])
def test_a_choice_of_nothing_known_is_refused_with_what_there_is(metrics: list[str], dimensions: list[str]) -> None:
    with pytest.raises(ReportError, match=r"known are|names its metrics"):
        layout("custom", "default", metrics=metrics, dimensions=dimensions)


def test_names_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert len({dimension.name for dimension in DIMENSIONS}) == len(DIMENSIONS)
