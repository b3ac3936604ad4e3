"""What every sink does, on a real receiver: one suite for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pytest

from engine.alerts.alert import Status
from engine.alerts.sinks.sink import Away, Sink
from tests.watch.stage import NOW_US, standing

CANARY = "Nguyễn Văn Canary"


def detail(evidence: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """What a clinical sink gets."""
    return [{"resourceType": "Patient", "name": CANARY, "of": one} for one in evidence]


class Receiver(Protocol):
    """A sink and what its receiver took, in the receiver's own words."""

    def sink(self, *, clinical: bool = False) -> Sink:
        """A new sink to this receiver."""

    def taken(self) -> list[bytes]:
        """What has arrived, oldest first."""

    def identities(self) -> set[str]:
        """By what the receiver tells repeats: of every alert that arrived, as often as it did."""

    def refuse(self) -> None:
        """Answer nothing good from now on."""

    def recover(self) -> None:
        """Answer as usual again."""


class SinkContract:
    """Subclassed for each kind with its `receiver`; `keeps_clinical` is False where there is no place for it."""

    keeps_clinical = True

    def test_an_alert_arrives_with_its_rule_its_status_and_its_run_book(self, receiver: Receiver) -> None:
        receiver.sink().send(standing("feed-silent"))
        [taken] = receiver.taken()
        for text in ("feed-silent", "Nothing came for an hour", "docs/run-books/FeedSilent.md"):
            assert text.encode() in taken

    def test_the_end_of_an_alert_arrives_after_it(self, receiver: Receiver) -> None:
        sink = receiver.sink()
        sink.send(standing())
        sink.send(standing(status=Status.RESOLVED))
        assert len(receiver.taken()) == 2

    def test_a_repeat_is_the_same_to_the_receiver(self, receiver: Receiver) -> None:
        sink = receiver.sink()
        sink.send(standing())
        sink.send(standing())
        receiver.sink().send(standing())
        assert len(receiver.identities()) == 1

    def test_another_alert_is_another_to_the_receiver(self, receiver: Receiver) -> None:
        sink = receiver.sink()
        sink.send(standing())
        sink.send(standing(started_us=NOW_US + 1))
        assert len(receiver.identities()) == 2

    def test_a_receiver_that_is_away_is_told_so_without_a_value_of_the_alert(self, receiver: Receiver) -> None:
        receiver.refuse()
        with pytest.raises(Away) as told:
            receiver.sink().send(standing("feed-silent"))
        assert not any(text in str(told.value) for text in ("feed-silent", "79901", "5f5f", "Nothing came"))
        receiver.recover()
        receiver.sink().send(standing("feed-silent"))
        assert len(receiver.identities()) == 1

    def test_nothing_of_a_patient_leaves_but_a_keyed_reference(self, receiver: Receiver) -> None:
        receiver.sink().send(standing())
        [taken] = receiver.taken()
        assert ("5f" * 16).encode() in taken
        assert b"27259" not in taken  # where the patient lives
        assert CANARY.encode() not in taken

    def test_a_clinical_sink_gets_what_the_alert_rests_on(self, receiver: Receiver) -> None:
        if self.keeps_clinical:
            receiver.sink(clinical=True).send(standing())
            [taken] = receiver.taken()
            assert b"hl7.raw/0/0/1/0" in taken
            assert b"Canary" in taken
            assert b"27259" in taken
