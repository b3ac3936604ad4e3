"""Messages for mappings: nearly right ones of the segments that a mapping reads, kept ones, and all of them broken."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from benchmarks.traffic import ADT
from tests.fuzz.messages import _broken as broken
from tests.fuzz.messages import message
from tests.fuzz.targets import read_corpus
from tests.transforms.folders import SHIPPED

COMMON = ("PID", "PV1", "OBX", "NTE", "OBR", "ORC", "EVN", "ZZ1", "PD1", "DG1", "IN1")
TYPES = ("ADT^A01^ADT_A01", "ADT^A08", "ORU^R01", "ADT", "ZZZ^Z99", "ORM^O01")
FIELDS = (
    *("", "", "", "M", "F", "1", "final", "F", "NM", "SN", "ST", "CWE", '""', '""', "Y", "N", "a b", "  x  ", "A^B^C"),
    *(
        "20251001",
        "19580000",
        "00010101",
        "99991231235959.9999+1400",
        "20250229",
        "000000000000",
        "20251001073512-0500",
    ),
    *("195800000000", "20251001250000", "31/12/2025", "2025", "+0700", "1405", "24", "140530.123456"),
    *("6,9", "1,234", "1.234,5", "-0", ".5", "1e5", "9" * 15, "9" * 16, "9" * 400, "0" * 4000 + "1", "٣", "²", "<0.5"),
    *(
        "BN1^^^79991^MR",
        "~~BN2^^^A&1.2&ISO^PI~",
        "^^^^MR",
        "K^Kali^L^2823-3^^LN",
        "POS&x^Dương tính",
        "1.2.840",
        "^1^:^160",
    ),
    *(
        "\\X41\\",
        "\\XFF\\",
        "\\X00\\",
        "\\.sp99\\",
        "\\.sk 99\\",
        "\\C2842\\",
        "\\M2442\\",
        "\\E\\",
        "\\F\\\\S\\",
        "\\",
        "\\Zx\\",
    ),
    *(
        "Nguyễn^Văn A",
        "Nguye\u0302\u0303n",
        "👩‍⚕️",
        "\u202e",
        "\xa0",
        "\x00\x07",
        "\u2028",
        "İ",
        "Ａ",
        "\ufeff",
        "ﬁ",
        "\ue000",
    ),
    *("~" * 200, "^" * 200, "&" * 200, "a&b&c^d&e~f^g&h", "JVBERi0=", "a" * 5000, "x~" * 60, "a^b~" * 300),
    *("http://a b", "8d9f0c1e-0000-4000-8000-000000000000", "true", "unknown", "F|G", "\n", "__class__", "{0}", "=1+1"),
)
CHARSETS = ("utf-8", "utf-8", "utf-8", "utf-8", "ascii", "latin-1", "cp1258", "gb18030", "iso2022_jp", "utf-16")


def payload(dice: random.Random, segments: Sequence[str], types: Sequence[str]) -> bytes:
    """One message for a mapping that reads these segments of messages of these types."""
    roll = dice.random()
    if roll < 0.08:
        return message(dice)
    made = dice.choice(kept()) if roll < 0.2 else _made(dice, segments, types)
    while dice.random() < 0.25:
        made = broken(made, dice)
    return made


@cache
def kept() -> tuple[bytes, ...]:
    """The messages that stand in the tests, beside the mappings and in the benchmarks."""
    folders = (Path(__file__).parents[1] / "messages", SHIPPED)
    files = sorted(path for folder in folders for path in folder.rglob("*.hl7"))
    report: bytes = import_module("benchmarks.mapping").ORU  # so that benchmarks are not checked as tests are
    filled = [one.replace(b"%d", b"7") for one in (ADT, report)]
    return (*(path.read_bytes() for path in files), *filled, *read_corpus("receiving"))


def _made(dice: random.Random, segments: Sequence[str], types: Sequence[str]) -> bytes:
    kind = dice.choice(types) if dice.random() < 0.9 else dice.choice(TYPES)
    head = f"MSH|^~\\&|HIS|79991|||{dice.choice(FIELDS) if dice.random() < 0.2 else 20251001}||{kind}|1|P|2.5.1"
    names = [*segments] * (1 + (dice.random() < 0.2))
    names += dice.choices((*segments, *COMMON), k=dice.choice((0, 1, 3, 8)))
    if dice.random() < 0.3:
        dice.shuffle(names)
    if dice.random() < 0.01:
        names *= 60
    lines = [f"{name}|{'|'.join(_field(dice) for _ in range(dice.choice((1, 5, 20, 40))))}" for name in names]
    return "\r".join((head, *lines, "")).encode(dice.choice(CHARSETS), "replace")


def _field(dice: random.Random) -> str:
    roll = dice.random()
    if roll < 0.6:
        return dice.choice(FIELDS)
    parts = dice.choices(FIELDS, k=dice.choice((2, 2, 3, 5)))
    return dice.choice(("^", "^", "~", "&", "", " ")).join(parts) if roll < 0.9 else f"X{dice.randrange(99)}"
