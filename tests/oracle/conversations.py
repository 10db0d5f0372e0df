"""Conversations and what was said in them, from "AI interaction" and "Conversations" of docs/definitions.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.oracle.people import Session
from tests.oracle.reading import Calendar, Event, number, text

FEATURES = ("chat", "questionnaire", "image", "routine", "other")
FACTS = {
    "Message Received",
    "Message Sent",
    "Feedback Submitted",
    "Concern Detected",
    "Conversation Ended",
    "Conversation Resolved",
    "Conversation Handed Off",
    "Recommendation Shown",
}


BELIEVABLE = {  # least and greatest of a measured value
    "rating": (Decimal(1), Decimal(5)),
    "confidence": (Decimal(0), Decimal(1)),
    "response_time_ms": (Decimal(0), Decimal("1e9")),
    "message_count": (Decimal(0), Decimal("1e9")),
}


@dataclass
class Fact:
    """Something said in a conversation, on the conversation's day where that is known."""

    event: Event
    visitor: str
    conversation: Conversation | None
    day: date

    @property
    def feature(self) -> str:
        return self.conversation.feature if self.conversation else "other"

    def value(self, key: str) -> Any:
        return self.event.properties.get(key)

    def measured(self, key: str) -> int | None:
        """A measured value times 1000 as an integer."""
        return self._rounded(key, Decimal(1000))

    def whole(self, key: str) -> int | None:
        """A measured value as an integer."""
        return self._rounded(key, Decimal(1))

    def _rounded(self, key: str, factor: Decimal) -> int | None:
        """Outside of its range it is missing."""
        value = number(self.event.properties.get(key))
        if value is None or value < BELIEVABLE[key][0] or value > BELIEVABLE[key][1]:
            return None
        return int((value * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass
class Conversation:
    conversation_id: str
    event: Event
    visitor: str
    day: date
    session: Session | None
    facts: list[Fact] = field(default_factory=list)

    @property
    def feature(self) -> str:
        feature = text(self.event.properties.get("feature")) or "chat"
        return feature if feature in FEATURES else "other"

    def said(self, name: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.event.name == name]

    @property
    def resolved(self) -> bool:
        return bool(self.said("Conversation Resolved"))

    @property
    def closed(self) -> bool:
        return self.resolved or bool(self.said("Conversation Ended") or self.said("Conversation Handed Off"))

    @property
    def messages(self) -> int:
        """Messages sent and received, or `message_count` if that is greater."""
        told = [fact.whole("message_count") for fact in self.said("Conversation Ended")]
        counted = len(self.said("Message Sent")) + len(self.said("Message Received"))
        return max([counted, *(count for count in told if count is not None)])


def conversations_and_facts(
    events: list[Event], visitor: dict[str, str], session: dict[str, Session], calendar: Calendar
) -> tuple[dict[str, Conversation], list[Fact]]:
    """All conversations by id, and all facts, known conversation or not, in order."""
    conversations: dict[str, Conversation] = {}
    for event in events:
        if event.name == "Conversation Started" and event.conversation_id not in conversations:
            assert event.conversation_id is not None
            conversations[event.conversation_id] = Conversation(
                event.conversation_id, event, visitor[event.id], calendar.day(event.time), session.get(event.id)
            )
    facts = []
    for event in events:
        if event.name in FACTS:
            conversation = conversations.get(event.conversation_id or "")
            day = conversation.day if conversation else calendar.day(event.time)
            fact = Fact(event, conversation.visitor if conversation else visitor[event.id], conversation, day)
            facts.append(fact)
            if conversation:
                conversation.facts.append(fact)
    return conversations, facts
