"""Messages that are nearly right: invented ones under odd delimiters, charsets and versions, then broken a little."""

from __future__ import annotations

import random

from engine.hl7.versions import VERSIONS

SIGNS = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
CHARSETS = (
    b"",
    b"ASCII",
    b"8859/1",
    b"UNICODE UTF-8",
    b"UTF-8",
    b"ISO IR87",
    b"GB 18030-2000",
    b"KLINGON",
    b"8859/1~X",
)
NAMES = (
    "Nguyễn^Thị Ngọc^Ánh".encode(),
    "TrÇn^§øc".encode("latin-1"),
    "Nguyeãn^Vaên An".encode("latin-1"),
    "Trâ\u0300n^Đư\u0301c".encode("cp1258"),
    "Müller^Jürgen".encode("latin-1"),
    b"\x1b$B;3ED\x1b(B",
    b"An^Binh",
    b'""',
)
TYPES = (b"ADT^A01^ADT_A01", b"ORU^R01", b"ACK", b"ZZZ^Z99", b"RSP^K22", b"adt^a01", b"", b"ADT", b"ADT^", b"^A01")
IDS = (b"17", b"", b'""', b"a^b~c\\d&e", b"\xff\x00\x1c", b"0" * 300, b"MSA|AA|1", b"1 2", b"\xe1\xbb\x8d")
CONDITIONS = (b"", b"AL", b"NE", b"ER", b"SU", b"??", b'""')
STUFF = (
    *(b"\r", b"\n", b"\r\n", b"\x1c", b"\x0b", b"|", b"^", b"~", b"\\", b"&", b"#", b"\x00", b"\xef\xbb\xbf", b"\xff"),
    *(
        b"MSH|^~\\&|",
        b"MSH",
        b"MSA|AA|1",
        b"FHS|^~\\&|\r",
        b"BHS|^~\\&|\r",
        b"BTS|1\r",
        b"PID|",
        b"\x85",
        b"\xad",
        b'""',
    ),
)


def message(dice: random.Random) -> bytes:
    """One message, or a batch of some."""
    if dice.random() < 0.03:
        inner = b"".join(message(dice) for _ in range(dice.randrange(4)))
        end = dice.choice((b"\r", b"\n"))
        head = end.join((b"FHS|^~\\&|A" + _odd(dice), b"BHS|^~\\&|B" + _odd(dice), b""))
        return head + inner + b"BTS|%d\rFTS|1\r" % dice.randrange(4)
    payload = _segments(dice)
    while dice.random() < 0.6:
        payload = _broken(payload, dice)
    return payload


def _segments(dice: random.Random) -> bytes:
    signs = bytes(dice.sample(SIGNS, 5)) if dice.random() < 0.3 else b"|^~\\&"
    fields = [b"MSH", signs[1 : dice.choice((5, 5, 5, 4, 3))], b"HIS", dice.choice((b"79014", b"BV14^x", b"", b"Khoa"))]
    fields += [b"ENGINE", b"CITY", b"20260314081500", b"", dice.choice(TYPES), dice.choice(IDS)]
    fields += [dice.choice((b"P", b"T", b"D", b"", b"X", b"P^T")), dice.choice((*_VERSIONS, b"", b"P", b"2.5^VNM"))]
    fields += [dice.choice((b"", b"", b"0", b"-1", b"5", b"x")), b"", dice.choice(CONDITIONS), dice.choice(CONDITIONS)]
    fields += [b"VNM", dice.choice(CHARSETS)]
    rest = [[b"PID", b"1", b"", b"BN%d^^^79014^MR" % dice.randrange(99), b"", dice.choice(NAMES)]]
    rest += [[b"OBX", b"%d" % at, b"NM", b"2823-3", b"", b"4.1"] for at in range(dice.randrange(3))]
    end = dice.choice((b"\r", b"\r", b"\r\n", b"\n"))
    lines = [signs[:1].join(line) for line in (fields, *rest)]
    return end.join((*lines, b"")).replace(b"^", signs[1:2])


def _odd(dice: random.Random) -> bytes:
    """The rest of a segment that a batch's answer echoes."""
    return b"|" * dice.randrange(12) + dice.choice((b"", *IDS, *STUFF))


def _broken(payload: bytes, dice: random.Random) -> bytes:
    at, stop = sorted((dice.randrange(len(payload) + 1), dice.randrange(len(payload) + 1)))
    match dice.randrange(5):
        case 0:
            return payload[:at] + dice.choice(STUFF) + payload[at:]
        case 1:
            return payload[:at] + payload[min(stop, at + 8) :]
        case 2:
            return payload[:at] + dice.randbytes(dice.randrange(1, 4)) + payload[at + 1 :]
        case 3:
            return payload[:stop] + payload[at:]
        case _:
            return payload[:stop]


_VERSIONS = tuple(version.encode() for version in VERSIONS)
