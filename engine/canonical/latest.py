"""Resources as they are now: what the compacted topics `fhir.<resource>.latest` hold, keyed by the resource's id.

A record is a CloudEvents envelope and the resource, whole. An empty value says that no message that counts tells of the
resource any more. A record may come again; of one id, a later record is never of an older state.
"""

from __future__ import annotations

import orjson

from engine.bus.record import Record
from engine.canonical.envelope import CONTENT_TYPE, LATEST, instant, latest_topic_of
from engine.canonical.fold import Current

_TIME_DIGITS = 17
"""What a version begins with: the microseconds of its message."""


def encode(current: Current) -> Record:
    """The resource as it is now."""
    newest = current.newest
    headers = {
        **_named(current.type, current.id),
        "ce_id": f"{current.type}/{current.id}/{newest.version}".encode(),
        "ce_source": f"/facility/{newest.facility}".encode(),
        "ce_time": instant(int(newest.version[:_TIME_DIGITS])).encode(),
        "ce_subject": newest.subject.encode(),
        "ce_raw": str(newest.raw).encode(),
        "ce_version": newest.version.encode(),
        "ce_mapping": newest.mapping.encode(),
        "content-type": CONTENT_TYPE,
    }
    return Record(latest_topic_of(current.type), current.id.encode(), orjson.dumps(current.body), headers)


def encode_gone(resource_type: str, identity: str) -> Record:
    """That nothing tells of the resource any more."""
    headers = {
        **_named(resource_type, identity),
        "ce_id": f"{resource_type}/{identity}/gone".encode(),
        "ce_source": b"/engine/loader",
    }
    return Record(latest_topic_of(resource_type), identity.encode(), b"", headers)


def _named(resource_type: str, identity: str) -> dict[str, bytes]:
    return {
        "ce_specversion": b"1.0",
        "ce_type": f"fhir.{resource_type}{LATEST}".encode(),
        "ce_resource": identity.encode(),
    }
