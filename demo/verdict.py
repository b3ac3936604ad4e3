"""Where the engine and the sample feed disagree: nowhere, if all is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from demo.evidence import CRITICAL, NOTIFIABLE, Evidence
from demo.ledger import expect, observe
from demo.message import Fate, FeedMessage
from engine.listeners.sending import Summary


def differences(feed: Sequence[FeedMessage], summary: Summary, evidence: Evidence) -> list[str]:
    """A sentence for each disagreement."""
    return [*_answers(feed, summary), *_fates(feed, evidence), *_reasons(feed, evidence), *_balance(feed, evidence)]


def _answers(feed: Sequence[FeedMessage], summary: Summary) -> Iterator[str]:
    """Each message got the answer it must; files are named in the order of the feed."""
    deliveries = sorted(summary.deliveries, key=lambda delivery: delivery.path)
    if len(deliveries) != len(feed):
        yield f"{len(deliveries)} messages were sent, not {len(feed)}"
        return
    for message, delivery in zip(feed, deliveries, strict=True):
        must, code = message.expected_answer, delivery.code or ""
        if code != must:
            yield f"{delivery.path.name} was answered {code or delivery.result}, not {must or 'nothing'}"


def _fates(feed: Sequence[FeedMessage], evidence: Evidence) -> Iterator[str]:
    expected = expect(feed)
    for kind, line in observe(expected, evidence.account.lines).items():
        if expected.get(kind) != line:
            yield f"{' '.join(kind)}: became {line}, must be {expected.get(kind)}"


def _reasons(feed: Sequence[FeedMessage], evidence: Evidence) -> Iterator[str]:
    must = Counter(message.expected_reason for message in feed if message.expected_reason)
    found = Counter(str(letter["reason"]) for letter in evidence.dead)
    if must != found:
        yield f"dead letters have the reasons {dict(found)}, must have {dict(must)}"


def _balance(feed: Sequence[FeedMessage], evidence: Evidence) -> Iterator[str]:
    """Nothing is missing, each resend was seen, each critical result raised an alert."""
    for position in evidence.account.missing:
        yield f"the raw message {position} is missing"
    resent = sum(message.expected_fate is Fate.DUPLICATE for message in feed)
    seen = evidence.counters["engine_duplicates_total"] + evidence.counts.duplicate
    if seen != resent:
        yield f"{seen:g} duplicates were seen, {resent} were sent"
    found, must = Counter(alert.rule for alert in evidence.alerts), expect_alerts(feed)
    if found != must:
        yield f"alerts were told of {dict(found)}, must be {dict(must)}"


def expect_alerts(feed: Sequence[FeedMessage]) -> Counter[str]:
    """What somebody must hear of, by rule: one for each flag of the laboratory, one for each patient with dengue."""
    loaded = [message for message in feed if message.expected_fate is Fate.LOADED]
    flags = sum(message.payload.count(b"|HH|") for message in loaded)
    dengue = {_patient(one) for one in loaded if b"|A|" in one.payload or b"||A97." in one.payload}
    return Counter({CRITICAL: flags, NOTIFIABLE: len(dengue)})


def _patient(message: FeedMessage) -> tuple[str, bytes]:
    lines = message.payload.replace(b"\n", b"\r").split(b"\r")
    identifiers = next((line.split(b"|")[3] for line in lines if line.startswith(b"PID|")), b"")
    return message.facility, identifiers
