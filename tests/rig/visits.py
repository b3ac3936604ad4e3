"""Messages whose effect can be counted: each admits one patient to a visit of its own."""

from __future__ import annotations

PATIENTS = 500


def visits(count: int, patients: int = PATIENTS) -> list[tuple[str, bytes]]:
    """So many ADT^A01, as control id and payload; message `n` opens visit `V<n>` of one of the patients."""
    return [(f"C{number}", _admission(number, number % patients)) for number in range(count)]


def _admission(number: int, patient: int) -> bytes:
    minute, second = divmod(number, 60)
    hour, minute = divmod(minute, 60)
    when = f"20251001{hour % 24:02d}{minute:02d}{second:02d}+0700"
    segments = (
        f"MSH|^~\\&|HIS|79901|HUB|CITY|{when}||ADT^A01^ADT_A01|C{number}|P|2.5.1||||||UNICODE UTF-8",
        f"EVN|A01|{when}",
        f"PID|1||BN{patient:05d}^^^79901^PI||Nguyễn^Văn {patient}||19800101|M|||Đường {number}^^^^70000",
        f"PV1|1|I|K11^P{number % 40}^G05||||||||||||||||V{number}^^^79901^VN" + "|" * 25 + when,
    )
    return "\r".join((*segments, "")).encode()
