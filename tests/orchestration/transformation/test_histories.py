"""Whatever happens, and wherever the refreshes cut it: the marts are those of one full build, row for row."""

from collections.abc import Callable
from contextlib import closing

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.orchestration.transformation.conftest import Desk
from tests.orchestration.transformation.happenings import ACTIONS, AGENTS, Action, arrive, happens

IN_FULL: list[Action] = [
    ("begins", 0, 0, "email"),
    ("says", 0, 0, "customer"),
    ("goes_to", 0, 0, AGENTS[0]),
    ("begins", 1, -26, "website"),
    ("becomes", 1, 4, "pending"),
    ("learns", 0, 0, "active"),
    ("is_taught", 0, 0.01, True),
    ("opens", 0, 0, "09:00"),
    ("refresh", 0, 0, None),
    ("learns", 0, 0, "archived"),
    ("refresh", 0, 0, None),
    ("is_taken_by", 0, 0.01, None),
    ("says", 0, 0.01, "agent"),
    ("is_delivered", 0, -26, "sent"),
    ("is_worked_on", 0, -3, "running"),
    ("runs_alone", 0, -26, "running"),
    ("runs_alone", 1, -3, "completed"),
    ("runs_alone", 2, 0, "running"),
    ("comes", 0, 0, True),
    ("sounds", 0, 0, "negative"),
    ("opens", 0, 0, "13:30"),
    ("opens_anew", 0, -26, "07:00"),
    ("has_a_special_day", 0, 0, None),
    ("sets", 0, 0, "sla_business_hours=true"),
    ("says", 0, 0.01, "ai"),
    ("takes", 0, 0, 1500),
    ("is_delivered", 0, 0, "read"),
    ("refresh", 0, 0, None),
    ("is_worked_on", 0, 0.01, "completed"),
    ("runs_alone", 0, 0.01, "completed"),
    ("comes", 0, 0, False),
    ("sounds", 0, 0, None),
    ("is_assigned", 0, 0, AGENTS[1]),
    ("is_filed", 0, 0, "sales"),
    ("is_worth", 0, 0, 99.5),
    ("is_noted", 0, 0.01, None),
    ("is_corrected", 0, -3, "agent"),
    ("refresh", 0, 0, "full"),
    ("waits", 0, 1.5, None),
    ("is_rated", 1, 0, 4.5),
    ("is_let_go", 0, 0, None),
    ("loses_a_run", 1, 0, "retention"),
    ("loses_a_run", 2, 0, "correction"),
    ("is_scored", 0, 0, 2),
    ("begins", 3, 0, "email"),
    ("refresh", 0, 0, None),
    ("sets", 0, 0, "sla_resolution_seconds=7200"),
    ("is_filed", 3, 0, "sales"),
    ("begins", 2, 0, "email"),
    ("says", 2, 0, "customer"),
    ("refresh", 0, 0, "and full"),
    ("is_erased", 2, 0, None),
    ("loses_a_message", 0, 0, "retention"),
    ("is_corrected", 0, -50, "ai"),
    ("never_opened_so", 0, 0, None),
    ("rebuilds_days", 0, -50, 40),
    ("becomes", 0, 0, "resolved"),
    ("goes_to", 0, 0, AGENTS[1]),
    ("waits", 0, 30, None),
    ("refresh", 0, 0, "and full"),
    ("becomes", 0, 0, "open"),
    ("says", 0, -50, "customer"),
    ("moves", 1, -26, "sms"),
    ("forgets", 0, 0, "retention"),
    ("refresh", 0, 0, "and full"),
    ("rebuilds_days", 0, -26, 0),
    ("forgets", 1, 0, "erasure"),
    ("lives_in", 0, 0, "Asia/Kolkata"),
]


@given(history=st.lists(ACTIONS, min_size=5, max_size=40))
@example(history=IN_FULL)
@settings(
    max_examples=12,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_history_in_any_refreshes_equals_one_full_build(
    new_desk: Callable[[], Desk], history: list[Action]
) -> None:
    with closing(new_desk()) as desk:
        assert_equal_to_one_full_build(desk, history)


def assert_equal_to_one_full_build(desk: Desk, history: list[Action]) -> None:
    arrive(desk)
    for action in history:
        happens(desk, action)
    desk.refresh()
    in_steps = desk.published()
    again = desk.refresh()
    assert not again.models, "nothing was touched"
    desk.rebuild()
    assert desk.published() == in_steps
