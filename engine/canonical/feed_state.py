"""What stands of feeds, the last word on each: topic `feed_states`.

Of a facility how many of its messages the account of the warehouse misses; of a listener when its certificate ends.
"""

from __future__ import annotations

from typing import Any

import orjson

from engine.bus.record import Record
from engine.canonical.envelope import own_headers
from engine.canonical.version import version

TOPIC = "feed_states"
ACCOUNT, CERTIFICATE = "FeedAccount", "CertificateEnd"


def encode_account(facility: str, received: int, missing: int, now_us: int) -> Record:
    """Of so many messages that were received of a facility lately, so many are nowhere."""
    return _encode(ACCOUNT, f"account/{facility}", facility, {"received": received, "missing": missing}, now_us)


def encode_certificate(listener: str, ends_us: int, now_us: int) -> Record:
    """When the certificate ends that a listener shows."""
    return _encode(CERTIFICATE, f"certificate/{listener}", "", {"listener": listener, "ends": ends_us}, now_us)


def _encode(kind: str, name: str, facility: str, body: dict[str, Any], now_us: int) -> Record:
    headers = own_headers(TOPIC, kind, name, facility, version(None, 0, now_us, ""), now_us)
    return Record(TOPIC, name.encode(), orjson.dumps({"resourceType": kind, **body}), headers)
