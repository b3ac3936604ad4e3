"""Mapping files as nobody should write them: by the language's grammar, or the shipped ones, and then broken."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

from tests.fuzz.grammar import KINDS
from tests.fuzz.spelling import spell

SHIPPED = Path(__file__).parents[2] / "mappings"

FOLDERS = {
    "message": "standard/messages",
    "segment": "standard/segments",
    "datatype": "standard/datatypes",
    "table": "standard/tables",
    "overlay": "facilities",
    "routes": "routes",
    "profile": "profiles",
}
"""Where the files of a kind stand; the sheets and the registry are named one by one."""

COSTLY = ("message", "overlay", "profile")
"""Kinds that take longest, and so come half as often."""

DEEP = 40
STUFF = (
    *("&a ", "*a", "&a [*a]", "<<: *a", "!!python/object/apply:os.system [x]", "!x ", "!!str ", "! ", "? ", "?"),
    *("---\n", "...\n", "%YAML 1.1\n", "%TAG ! tag:x:\n", "\t", "\r", "\r\n", "\n", "\n\n", "\n  ", " ", "#", " # a"),
    *("[" * DEEP + "]" * DEEP, "{a: " * DEEP + "}" * DEEP, "- " * DEEP, "[", "]", "{", "}", ",", ": ", "- ", ":", ";"),
    *("9" * 18, "9" * 19, "9" * 400, "9" * 4400, "-1", "-0", "0123", "0x1F", "0o7", "1e5", "1e999", "-1e999", "1e-999"),
    *(
        ".inf",
        "-.inf",
        ".nan",
        "NaN",
        "null",
        "~",
        "true",
        "false",
        "NO",
        "1980-03-05",
        "12:30",
        "1_000",
        "²",
        "٣",
        "½",
    ),
    *("|\n  a\n  b\n", ">-\n  a\n\n  b\n", '"', "'", '""', "''", '"\\0"', '"\\ud800"', '"\\U0010FFFF"', '"\\x41\\\n'),
    *("\x00", "\x07", "\x1b", "\x7f", "\x85", "\xa0", "\u2028", "\u2029", "\ufeff", "\u202e", "\u0301", "\ufffe"),
    *(
        "İ",
        "ß",
        "ﬁ",
        "ệ",
        "Nguyễn",
        "e\u0302\u0323",
        "👩‍⚕️",
        "\U0001f3fd",
        "Ａ",
        "ᴬ",
        "a" * 300,
        "x.y" * 100,
        "\\",
        "/",
        "..",
    ),
    *("../../etc/passwd", "/dev/zero", "a/b", "C:\\temp", "__class__", "{0.__class__}", "%s", "${x}", "{{ 7*7 }}"),
    *(
        "elements:",
        "from",
        "value",
        "when",
        "also",
        "[*]",
        "[0]",
        "[999]",
        ".1",
        "-5",
        "PID-5",
        "ZZZ-999999",
        "PID[2]-3",
    ),
    *(
        "as",
        "via",
        "else",
        "|",
        "&",
        "and",
        "or",
        "not",
        "valued",
        "is",
        "count(",
        "length(",
        "=",
        "!=",
        "<",
        "(" * DEEP,
    ),
)
"""Put in anywhere: what YAML, its readers and the language's are known to stumble over."""


def document(dice: random.Random) -> bytes:
    """One case: the kind of file in the first line, then the file."""
    (kind,) = dice.choices(tuple(KINDS), [0.5 if kind in COSTLY else 1 for kind in KINDS])
    content = _whole(kind, dice) if dice.random() < 0.6 else dice.choice(shipped(kind))
    if dice.random() < 0.02:
        content = _large(content, dice)
    while dice.random() < 0.5:
        content = _broken(content, kind, dice)
    return kind.encode() + b"\n" + content


def _whole(kind: str, dice: random.Random) -> bytes:
    made = KINDS[kind](dice)
    return made.encode() if isinstance(made, str) else spell(made, dice).encode("utf-8", "surrogatepass")


@cache
def shipped(kind: str) -> tuple[bytes, ...]:
    """The shipped files of a kind."""
    if kind in FOLDERS:
        found = sorted((SHIPPED / FOLDERS[kind]).glob("*.yaml"))
        return tuple(path.read_bytes() for path in found if path.name != "registry.yaml")
    if kind == "registry":
        return ((SHIPPED / "facilities/registry.yaml").read_bytes(),)
    if kind == "sheet":
        return ((SHIPPED / "facilities/tables/79902-lab.csv").read_bytes(),)
    return (b'code,name,senders,zone\n"79901",A,BV A;BV B,Asia/Tokyo\n79902,"B ""b"", c",,\n',)


def _broken(content: bytes, kind: str, dice: random.Random) -> bytes:
    at, stop = sorted((dice.randrange(len(content) + 1), dice.randrange(len(content) + 1)))
    match dice.randrange(10):
        case 0 | 1 | 2:
            return content[:at] + dice.choice(STUFF).encode("utf-8", "surrogatepass") + content[at:]
        case 3:
            return content[:at] + content[min(stop, at + 8) :]
        case 4:
            return content[:at] + dice.randbytes(dice.randrange(1, 4)) + content[at + 1 :]
        case 5:
            return content[:stop] + content[at:]
        case 6:
            return content[:stop]
        case 7:
            return content + dice.choice((b"", b"\n", b"---\n")) + dice.choice(shipped(dice.choice(tuple(KINDS))))
        case 8:
            return _lines_moved(content, dice)
        case _:
            return _word_changed(content, dice)


def _lines_moved(content: bytes, dice: random.Random) -> bytes:
    lines = content.split(b"\n")
    at, to = dice.randrange(len(lines)), dice.randrange(len(lines))
    moved = lines[at] if dice.random() < 0.5 else b" " * dice.randrange(6) + lines[at].lstrip()
    if dice.random() < 0.5:
        del lines[at]
    return b"\n".join((*lines[:to], moved, *lines[to:]))


def _word_changed(content: bytes, dice: random.Random) -> bytes:
    """One word in place of another, so that what is written well is still wrong."""
    words = content.split(b" ")
    other = dice.choice(words) if dice.random() < 0.7 else dice.choice(STUFF).encode("utf-8", "surrogatepass")
    words[dice.randrange(len(words))] = other
    return b" ".join(words)


def _large(content: bytes, dice: random.Random) -> bytes:
    """Lines of the file again and again, up to some hundred KiB."""
    lines = content.split(b"\n")
    at = dice.randrange(len(lines))
    piece = b"\n".join(lines[at : at + dice.randrange(1, 9)]) + b"\n"
    times = min(dice.choice((10, 300, 3000)), (1 << 18) // len(piece))
    return b"\n".join((*lines[:at], piece * times, *lines[at:]))
