"""What happens to the conversations of a tenant, at random, in the order of nothing but chance.

Belongs here: the things that can happen. Not here: what must hold afterwards.
"""

import random
import uuid
from datetime import UTC, datetime, timedelta

import psycopg

from tests.operational_schema.conftest import Tenant


class Story:
    """Conversations of one tenant, to which things happen at random, in the order of nothing but chance."""

    def __init__(self, connection: psycopg.Connection, tenant: Tenant, seed: int) -> None:
        self.connection, self.tenant, self.chance = connection, tenant, random.Random(seed)
        self.item = connection.execute("select id from public.knowledge_items where tenant_id = %s", (tenant.tenant,))
        self.item_id = self.item.fetchone()[0]  # type: ignore[index]

    def happen(self) -> None:
        self.chance.choices(
            (self.begin, self.say, self.become, self.go_to, self.rate, self.unsay, self.edit, self.use, self.hand_over,
             self.be_worth, self.end),
            (2, 12, 4, 3, 2, 1, 2, 1, 1, 1, 0.3),
        )[0]()  # fmt: skip

    def run(self, statement: str, *values: object) -> None:
        self.connection.execute(statement.encode(), values)

    def some(self) -> uuid.UUID:
        rows = self.connection.execute(
            "select id from public.conversations where tenant_id = %s order by id", (self.tenant.tenant,)
        ).fetchall()
        return self.chance.choice(rows)[0]  # type: ignore[no-any-return]

    def someone(self) -> uuid.UUID | None:
        return self.chance.choice([self.tenant.agent, self.tenant.admin, None])

    def begin(self) -> None:
        status = self.chance.choice(["active", "queued", "resolved"])
        self.run("insert into public.conversations (tenant_id, status) values (%s, %s)", self.tenant.tenant, status)

    def say(self) -> None:
        for _ in range(self.chance.choice([1, 1, 1, 3])):
            sender = self.chance.choice(["customer", "visitor", "ai", "bot", "agent", "human", "system"])
            moment = datetime.now(UTC) - timedelta(seconds=self.chance.choice([0, 0, 0, 5, 60]))
            self.run(
                "insert into public.messages "
                "(tenant_id, conversation_id, sender_type, sender_id, content, is_internal, created_at, confidence_score) "
                "values (%s, %s, %s, %s, 'x', %s, %s, %s)",
                self.tenant.tenant, self.some(), sender, self.someone() if sender in ("agent", "human") else None,
                self.chance.random() < 0.15, moment, self.chance.choice([None, 0.25, 0.75]),
            )  # fmt: skip

    def become(self) -> None:
        status = self.chance.choice(["active", "pending", "escalated", "resolved", "closed", "abandoned", "queued"])
        self.run("update public.conversations set status = %s where id = %s", status, self.some())

    def go_to(self) -> None:
        self.run("update public.conversations set assigned_agent_id = %s where id = %s", self.someone(), self.some())

    def rate(self) -> None:
        score = self.chance.choice([1, 2.5, 5])
        self.run("update public.conversations set satisfaction_score = %s where id = %s", score, self.some())

    def unsay(self) -> None:
        self.run(
            "delete from public.messages where conversation_id = %s and ordinal %% 3 = %s",
            self.some(),
            self.chance.randrange(3),
        )

    def edit(self) -> None:
        change = self.chance.choice(
            ["is_internal = not is_internal", "sender_type = 'ai'", "created_at = created_at - interval '7 s'",
             "content = 'y'", f"conversation_id = '{self.some()}'"]
        )  # fmt: skip
        self.run(f"update public.messages set {change} where conversation_id = %s and ordinal %% 2 = 0", self.some())

    def use(self) -> None:
        self.run(
            "insert into public.knowledge_analytics (tenant_id, knowledge_item_id, conversation_id, was_helpful) "
            "values (%s, %s, %s, %s)",
            self.tenant.tenant, self.item_id, self.some(), self.chance.choice([None, True, False]),
        )  # fmt: skip

    def hand_over(self) -> None:
        self.run(
            "insert into public.conversation_transfers (tenant_id, conversation_id, to_agent_id, status) values (%s, %s, %s, %s)",
            self.tenant.tenant, self.some(), self.tenant.admin, self.chance.choice(["pending", "accepted"]),
        )  # fmt: skip

    def be_worth(self) -> None:
        self.run(
            "update public.conversations set business_context = "
            """'{"lead_qualified": true, "revenue_generated": 12.345, "follow_up_required": "no"}' where id = %s""",
            self.some(),
        )

    def end(self) -> None:
        self.run("delete from public.conversations where id = %s and id <> %s", self.some(), self.tenant.conversation)
