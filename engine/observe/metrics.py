"""The one list of the engine's metrics; names are `engine_<noun>_<unit>`, and counters end in `_total`.

A label's values come from closed sets, never from a message: what a message says passes `message_type` first.
In several processes (PROMETHEUS_MULTIPROC_DIR) counters and histograms add up, and each gauge says how it
combines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

LABELS = {
    "listener": "the listener's name in engine.yaml",
    "type": "MSH-9.1 when the standard mappings take it, else `other`",
    "event": "a kind of security event",
    "code": "the acknowledgment code of HL7 table 0008",
    "reason": "a code of the engine: of dead letters, of refused frames, of closed connections",
    "stage": "listen, transform or load",
    "outcome": "mapped, dead or ignored",
    "fate": "received, loaded, dead, duplicate, ignored, held, in_flight, missing, or refused",
    "result": "delivered, refused (the receiver said so) or given_up (nobody took it in time); a sink's: sent, refused",
    "resource": "a FHIR R4 resource type",
    "table": "a table of the warehouse, by its view's name; of codes, a table of the mappings",
    "group": "a consumer group of the engine",
    "topic": "a topic of the engine",
    "rule": "an alert rule",
    "role": "a role of the engine, with a number where it has several processes",
    "sink": "the sink's name in engine.yaml",
    "severity": "critical, warning or information",
    "facility": "the facility's code in the registry, or `unregistered` for all others together",
    "sector": "public, ministerial or private, as the registry says",
    "kind": "hospital, centre, station, clinic or platform, as the registry says",
}
"""Every label that a metric may carry, and the closed set that its values come from."""

_TYPES = """
    ACK ADT BAR DFT MDM MFN OMG OMI OML OMP ORG ORI ORL ORM ORP ORR ORU OUL PPR RAS RDE RDS REF RGV RRE RRI SIU VXU
"""

MESSAGE_TYPES = frozenset(_TYPES.split())
"""Codes of HL7 table 0076 that the standard mappings take, and ACK; table 0076 whole would be 140 series a listener."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0)
"""Upper bounds of durations: from a quick durable write to the deadline of an acknowledgment."""

LONG_SECONDS = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
"""Upper bounds of the time from a message's acceptance to the warehouse."""

Label = Literal[
    "listener",
    "type",
    "event",
    "code",
    "reason",
    "stage",
    "outcome",
    "fate",
    "result",
    "resource",
    "table",
    "group",
    "topic",
    "rule",
    "role",
    "sink",
    "severity",
    "facility",
    "sector",
    "kind",
]
Across = Literal["livesum", "livemax", "livemostrecent"]
"""How a gauge combines over living processes: their sum, the greatest, or what was set last."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric as the reference describes it."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    about: str
    labels: tuple[Label, ...]


class Durations(Histogram):
    """A histogram that can also take what was counted elsewhere, for who cannot spare the time of `observe`."""

    def add(self, counts: Sequence[int], seconds: float) -> None:
        """Add so many observations a bucket, with one more for those above the last bound, and their sum."""
        for bucket, count in zip(self._buckets, counts, strict=True):
            bucket.inc(count)
        self._sum.inc(seconds)


def message_type(code: str) -> str:
    """The `type` label for what MSH-9.1 says: one of a closed set, whatever a message holds."""
    return code if code in MESSAGE_TYPES else "other"


class Metrics:
    """The metrics of one process; make it once, and keep what `.labels()` gives where calls are frequent."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._registry = registry
        self._definitions: list[Definition] = []
        self._listener_messages()
        self._listener_connections()
        self._spool()
        self._stages()
        self._operation()
        self._watching()
        self._sinks()

    @property
    def definitions(self) -> Sequence[Definition]:
        """Every metric there is, in the order of the way of a message."""
        return tuple(self._definitions)

    def _listener_messages(self) -> None:
        self.messages_received = self._counter(
            "engine_messages_received_total", "Messages made durable and so accepted.", "listener", "type"
        )
        self.acknowledgments = self._counter(
            "engine_acknowledgments_total", "Acknowledgments written, by code.", "listener", "code"
        )
        self.acknowledgment_seconds = self._histogram(
            "engine_acknowledgment_seconds", "From the last byte of a frame to its answer.", "listener"
        )
        self.frames_rejected = self._counter(
            "engine_frames_rejected_total", "Frames refused and kept as dead letters.", "listener", "reason"
        )
        self.frames_rejected_silently = self._counter(
            "engine_frames_rejected_silently_total", "Refused frames whose sender wants no such answer.", "listener"
        )
        self.frames_odd = self._counter(
            "engine_frames_odd_total", "Frames taken although they bend the rules of framing.", "listener", "reason"
        )
        self.frames_truncated = self._counter(
            "engine_frames_truncated_total", "Frames cut off by the end of their connection.", "listener"
        )
        self.frames_unanswered = self._counter(
            "engine_frames_unanswered_total", "Frames whose answer was due and could not be given.", "listener"
        )
        self.junk_bytes = self._counter("engine_junk_bytes_total", "Bytes outside of frames, dropped.", "listener")
        self.duplicates = self._counter(
            "engine_duplicates_total", "Resent messages, answered as the first time and not stored again.", "listener"
        )
        self.control_id_reuse = self._counter(
            "engine_control_id_reuse_total", "Messages under a control id that another one has; both kept.", "listener"
        )

    def _listener_connections(self) -> None:
        self.connections_active = self._gauge(
            "engine_connections_active", "Connections open now.", "livesum", "listener"
        )
        self.connections_opened = self._counter("engine_connections_opened_total", "Connections taken.", "listener")
        self.connections_closed = self._counter(
            "engine_connections_closed_total", "Connections ended, by who or what ended them.", "listener", "reason"
        )
        self.handshakes_failed = self._counter(
            "engine_handshakes_failed_total", "TLS handshakes that ended in no session.", "listener", "reason"
        )
        self.certificate_expires_timestamp_seconds = self._gauge(
            "engine_certificate_expires_timestamp_seconds",
            "When the listener's certificate ends, in seconds since the epoch.",
            "livemostrecent",
            "listener",
        )
        self.certificates_refused = self._counter(
            "engine_certificates_refused_total", "Changed files of certificates that were at fault.", "listener"
        )
        self.in_flight_bytes = self._gauge(
            "engine_in_flight_bytes", "Bytes of frames received and not yet answered.", "livesum", "listener"
        )

        self.security_events = self._counter(
            "engine_security_events_total",
            "Refusals of senders and changes of certificates, each one whether `audit` got it or a count of it.",
            "listener",
            "event",
        )
        self.registry_reloads = self._counter(
            "engine_registry_reloads_total", "Changed facility registries taken into use."
        )
        self.registry_faults = self._counter(
            "engine_registry_faults_total", "Changed facility registries at fault, so that the one before stays in use."
        )

    def _spool(self) -> None:
        self.spooled = self._counter(
            "engine_spooled_records_total", "Records written to the spool because Kafka did not confirm."
        )
        self.spool_depth = self._gauge(
            "engine_spool_depth_records", "Records in the spool that Kafka does not have yet.", "livesum"
        )
        self.spool_bytes = self._gauge("engine_spool_bytes", "Bytes that the files of the spool take.", "livesum")
        self.spool_room_bytes = self._gauge(
            "engine_spool_room_bytes",
            "Bytes that the spool may still take, by `bus.spool.most` and by its disk.",
            "livesum",
        )
        self.spool_age_seconds = self._gauge(
            "engine_spool_age_seconds", "Age of the oldest record in the spool; 0 when it is empty.", "livemax"
        )
        self.spool_damages = self._counter(
            "engine_spool_damages_total", "Regions of the spool that were damaged and set aside."
        )
        self.spool_refused = self._counter(
            "engine_spool_refused_total", "Records of the spool that Kafka refuses for good, set aside."
        )

        self.seals_unopened = self._counter(
            "engine_seals_unopened_total", "Sealed records that could not be opened and were passed over.", "reason"
        )

    def _stages(self) -> None:
        self.dead_letters = self._counter("engine_dead_letters_total", "Dead letters written.", "stage", "reason")
        self.messages_transformed = self._counter(
            "engine_messages_transformed_total", "Raw messages that the transformer finished.", "outcome"
        )
        self.transform_stopped_active = self._gauge(
            "engine_transform_stopped_active",
            "Whether the transformer stands (1) because too many messages became dead letters.",
            "livemax",
        )
        self.withheld = self._gauge(
            "engine_withheld_records",
            "Messages whose events wait after a dead letter of their key, for routes with `order: strict`.",
            "livesum",
        )
        self.held = self._gauge(
            "engine_held_records",
            "Messages that wait with their keys, because the bus does not take what they came to now.",
            "livesum",
        )
        self.transform_seconds = self._histogram("engine_transform_seconds", "Time to transform and publish one batch.")
        self.events_published = self._counter(
            "engine_events_published_total", "Events written to the topics of resources.", "resource"
        )
        self.codes_unmapped = self._counter(
            "engine_codes_unmapped_total", "Codes that their table does not hold, kept as they were sent.", "table"
        )
        self.batches_loaded = self._counter("engine_batches_loaded_total", "Transactions committed by the loader.")
        self.rows_loaded = self._counter("engine_rows_loaded_total", "Rows written to the warehouse.", "table")
        self.resources_unfit = self._counter(
            "engine_resources_unfit_total",
            "Resources that do not fit a view, and so have no rows in its table.",
            "table",
        )
        self.load_seconds = self._histogram("engine_load_seconds", "Time to load and commit one batch.")
        self.lake_rows = self._counter("engine_lake_rows_total", "Rows added to the lake.", "table")
        self.lake_commit_seconds = self._histogram("engine_lake_commit_seconds", "Time to add rows to the lake.")
        self.reconciled = self._gauge(
            "engine_reconciled_records",
            "Messages received lately, by what became of them, as counted last.",
            "livemostrecent",
            "fate",
        )
        self.unaccounted = self._gauge(
            "engine_unaccounted_records",
            "Messages received lately that are nowhere; 0 when every one is accounted for.",
            "livemostrecent",
        )
        self.alerts = self._counter("engine_alerts_total", "Events of topics of which somebody is told.", "topic")
        self.alerts_started = self._counter("engine_alerts_started_total", "Alerts that rules began.", "rule")
        self.alerts_ended = self._counter("engine_alerts_ended_total", "Alerts that ended.", "rule")
        self.alert_refusals = self._counter(
            "engine_alert_refusals_total", "Events that a rule could not judge, by reason.", "rule", "reason"
        )
        self._application_acknowledgments()

    def _application_acknowledgments(self) -> None:
        self.application_acknowledgments = self._counter(
            "engine_application_acknowledgments_total",
            "Application acknowledgments that are done with, by code and what became of them.",
            "code",
            "result",
        )
        self.application_acknowledgments_waiting = self._gauge(
            "engine_application_acknowledgments_waiting_records",
            "Application acknowledgments that wait to be delivered.",
            "livesum",
        )
        self.application_acknowledgments_unaddressed = self._counter(
            "engine_application_acknowledgments_unaddressed_total",
            "Application acknowledgments that were asked for by senders whose facility has no address for them.",
        )

    def _operation(self) -> None:
        self.mapping_generation = self._gauge(
            "engine_mapping_generation", "The generation of the mapping set in use.", "livemostrecent"
        )
        self.mapping_reloads = self._counter(
            "engine_mapping_reloads_total", "Changed mappings and routes taken into use without a restart."
        )
        self.mapping_faults = self._counter(
            "engine_mapping_faults_total", "Changed mappings, routes or alert rules at fault: those before stay in use."
        )
        self.role_restarts = self._counter("engine_role_restarts_total", "Roles started again after they died.", "role")

    def _watching(self) -> None:
        self.bus_lag = self._gauge(
            "engine_bus_lag_records",
            "Records of a topic that a group has yet to read.",
            "livemostrecent",
            "group",
            "topic",
        )
        self.bus_lag_age_seconds = self._gauge(
            "engine_bus_lag_age_seconds",
            "Age of the oldest record of its first topic that a group has yet to read; 0 when it has read all.",
            "livemostrecent",
            "group",
        )
        self.delivery_seconds = self._histogram(
            "engine_delivery_seconds",
            "From the acceptance of a message to the warehouse, as seen from outside, to about two seconds.",
            bounds=LONG_SECONDS,
        )
        self.facilities_registered = self._gauge(
            "engine_facilities_registered",
            "Facilities of the registry that send for themselves.",
            "livemostrecent",
            "sector",
            "kind",
        )
        self.facilities_reporting = self._gauge(
            "engine_facilities_reporting",
            "Of those, how many sent within the last 24 hours.",
            "livemostrecent",
            "sector",
            "kind",
        )
        self.alerts_open = self._gauge(
            "engine_alerts_open", "Alerts that fire now and are not silenced.", "livemostrecent", "severity"
        )
        self.observed_timestamp_seconds = self._gauge(
            "engine_observed_timestamp_seconds",
            "When the observing process last had all of its counts, in seconds since the epoch.",
            "livemostrecent",
        )

    def _sinks(self) -> None:
        self.sink_alerts = self._counter(
            "engine_sink_alerts_total", "Alerts that a sink is done with, by what became of them.", "sink", "result"
        )
        self.sink_failures = self._counter(
            "engine_sink_failures_total", "Attempts of a sink that failed and are made again.", "sink"
        )
        self.sink_failing_active = self._gauge(
            "engine_sink_failing_active", "Whether the last attempt of a sink failed (1).", "livemostrecent", "sink"
        )
        self.sink_seconds = self._histogram("engine_sink_seconds", "Time that a sink takes for one alert.", "sink")

    def _counter(self, name: str, about: str, *labels: Label) -> Counter:
        self._definitions.append(Definition(name, "counter", about, labels))
        return Counter(name, about, labels, registry=self._registry)

    def _gauge(self, name: str, about: str, across: Across, *labels: Label) -> Gauge:
        self._definitions.append(Definition(name, "gauge", about, labels))
        return Gauge(name, about, labels, registry=self._registry, multiprocess_mode=across)

    def _histogram(self, name: str, about: str, *labels: Label, bounds: Sequence[float] = SECONDS) -> Durations:
        self._definitions.append(Definition(name, "histogram", about, labels))
        return Durations(name, about, labels, registry=self._registry, buckets=bounds)
