"""A bus with messages of some facilities, and what stages left of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from engine.alerts.alert import Alert, Severity, Status, alert_id
from engine.alerts.standing import TOPIC as ALERTING
from engine.alerts.standing import Silenced, Standing
from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Position, Record, Topic
from engine.canonical import dead, raw, receipt
from engine.canonical.dead import DeadLetter, Reason, Stage
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resource import Origin
from engine.facilities.facility import Facility, Registry
from engine.loaders.loader import GROUP as LOADER

NOW_US = 1_790_000_000_000_000
SECOND = 1_000_000
HOUR_US = 3600 * SECOND
REGISTRY = Registry(
    [
        Facility("79901", "Bệnh viện <Sông> & Mẫu", expects=("ADT", "ORU")),
        Facility("79902", "Phòng khám Hoa Mẫu", sector="private", kind="clinic"),
        Facility("79999", "Nền tảng", kind="platform", sends_for=("*",)),
    ]
)


@contextmanager
def open_stage(folder: Path) -> Iterator[Bus]:
    with EmbeddedBus(folder / "bus") as bus:
        names = (raw.TOPIC, receipt.TOPIC, dead.TOPIC, "fhir.patient")
        bus.ensure([*(Topic(name, 2) for name in names), Topic(ALERTING, 1, compacted=True)])
        yield bus


def publish(bus: Bus, records: Iterable[Record]) -> None:
    with closing(bus.producer()) as producer:
        producer.publish(list(records), lambda _error: None)
        producer.flush(10)


def message(facility: str = "79901", at_us: int = NOW_US, type_name: str = "ADT^A01", key: str = "k") -> Record:
    return raw.encode(Raw("r", b"MSH|", facility, key, "m", type_name, at_us, "mllp"))


def told(offset: int, facility: str = "79901", received_us: int = NOW_US, outcome: Outcome = Outcome.MAPPED) -> Record:
    """The receipt of the raw record at this offset."""
    origin = Origin(Position(raw.TOPIC, 0, offset), facility, "k", "m", "1", received_us, "set", 1)
    return receipt.encode(Receipt(origin, "ADT^A01", outcome, 1))


def letter(facility: str = "79901", reason: Reason = Reason.VALUE, at_us: int = NOW_US) -> Record:
    return dead.encode(DeadLetter(reason, Stage.TRANSFORM, "PID-7", "no date", message(facility)), at_us)


def commit_receipts(bus: Bus) -> None:
    """The loader has all receipts."""
    with closing(bus.consumer(LOADER, [receipt.TOPIC])) as consumer:
        while not consumer.assigned():
            consumer.poll(1, 0.1)
        consumer.commit({at: span.next for at, span in bus.spans(receipt.TOPIC).items()})


def standing(
    rule: str = "feed-silent",
    *,
    status: Status = Status.FIRING,
    severity: Severity = Severity.WARNING,
    started_us: int = NOW_US,
    silenced: Silenced | None = None,
    targets: tuple[str, ...] = (),
    facility: str = "79901",
) -> Standing:
    """An alert as it stands on the topic."""
    alert = Alert(
        id=alert_id(rule, facility, started_us),
        rule=rule,
        kind="silence",
        severity=severity,
        status=status,
        started_us=started_us,
        ended_us=started_us + SECOND if status is Status.RESOLVED else None,
        labels={"programme": "dengue"},
        subject="5f" * 16,
        facility=facility,
        place="27259",
        summary="Nothing came for an hour",
        evidence=("hl7.raw/0/0/1/0",),
        run_book="docs/run-books/FeedSilent.md",
    )
    return Standing(alert, silenced=silenced, targets=targets, changed_us=started_us)
