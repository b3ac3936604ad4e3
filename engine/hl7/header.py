"""The header of a message: MSH split for the answer and the partition key, in bytes, without parsing the rest.

Bytes, because the charset is not known yet and the answer must echo what came (HL7 v2.9, 2.14.9 MSH).
"""

from __future__ import annotations

from engine.hl7.batch import is_batch
from engine.hl7.delimiters import Delimiters, HeaderFault, HeaderFaultCode, read_delimiters

UTF8_BOM = b"\xef\xbb\xbf"
NULL = b'""'

_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_LINE_ENDS = (b"\r", b"\n")
_SHORTEST = len(b"MSH|^~\\&")
_BEFORE_MSA = frozenset({b"SFT", b"UAC", b"ARV", b"ERR", b"NTE"})


class Header:
    """The MSH segment of a payload as raw bytes; made by `read_header`. `fields[n]` is MSH-n, not to be changed."""

    __slots__ = ("_end", "_payload", "delimiters", "fields")

    def __init__(self, payload: bytes, end: int, fields: list[bytes], delimiters: Delimiters) -> None:
        self._payload = payload
        self._end = end
        self.fields = fields
        self.delimiters = delimiters

    def field(self, number: int) -> bytes:
        """MSH-number as sent, b"" where it is absent."""
        fields = self.fields
        return fields[number] if number < len(fields) else b""

    @property
    def code(self) -> bytes:
        """MSH-9.1, such as b"ADT"."""
        return self._component(9, 0)

    @property
    def event(self) -> bytes:
        """MSH-9.2, such as b"A01"."""
        return self._component(9, 1)

    @property
    def structure(self) -> bytes:
        """MSH-9.3, such as b"ADT_A01"."""
        return self._component(9, 2)

    @property
    def control_id(self) -> bytes:
        """MSH-10, what the answer echoes in MSA-2."""
        return self.field(10)

    @property
    def version(self) -> bytes:
        """MSH-12.1, such as b"2.5.1"."""
        return self._component(12, 0)

    @property
    def charset(self) -> bytes:
        """The first repetition of MSH-18: the charset of the message (table 0211)."""
        return self.field(18).partition(self.delimiters.repetition.encode())[0].strip()

    @property
    def enhanced(self) -> bool:
        """Whether the sender asks for enhanced mode: MSH-15 or MSH-16 is valued (A5)."""
        return self.field(15) not in (b"", NULL) or self.field(16) not in (b"", NULL)

    @property
    def is_acknowledgment(self) -> bool:
        """Whether the message answers another, so that it is never answered itself (A14).

        True for MSH-9.1 ACK and for an MSA segment, which every structure has right after MSH, SFT and UAC.
        """
        if self.field(9).startswith(b"ACK") and self.code == b"ACK":
            return True
        return _msa_follows(self._payload, self._end)

    def _component(self, number: int, index: int) -> bytes:
        components = self.field(number).split(self.delimiters.component_byte, index + 1)
        return components[index] if index < len(components) else b""


def read_header(payload: bytes) -> Header:
    """Read MSH, whatever ends it: CR, LF or both (F11).

    A UTF-8 byte order mark and line ends before MSH are passed over. Raises HeaderFault (F9, F18, F19, F20).
    """
    end = payload.find(b"\r")
    segment = payload[:end]
    if end < 0 or segment[:3] != b"MSH" or segment.find(b"\n") >= 0:
        segment, end = _find_msh(payload)
    if len(segment) < _SHORTEST:
        raise HeaderFault(HeaderFaultCode.SHORT_MSH, "MSH")
    separator = segment[3:4]
    fields = segment.split(separator)
    delimiters = read_delimiters(separator + fields[1])
    fields.insert(1, separator)
    if segment.find(b"\x0b") >= 0:
        raise HeaderFault(HeaderFaultCode.VT_IN_MSH, "MSH")
    return Header(payload, end, fields, delimiters)


def read_field(payload: bytes, header: Header, name: bytes, number: int) -> bytes:
    """A field of the first segment of that name as sent, such as `read_field(payload, header, b"PID", 3)`.

    b"" where the segment or the field is absent; for MSH read `header.field`.
    """
    separator = header.delimiters.field_byte
    start = payload.find(b"\r" + name + separator)
    after_lf = payload.find(b"\n" + name + separator, 0, start if start >= 0 else len(payload))
    start = (after_lf if after_lf >= 0 else start) + 1
    if not start:
        return b""
    fields = payload[start : _line_end(payload, start)].split(separator, number + 1)
    return fields[number] if number < len(fields) else b""


def _line_end(payload: bytes, start: int) -> int:
    end = payload.find(b"\r", start)
    if end < 0:
        end = len(payload)
    lf = payload.find(b"\n", start, end)
    return end if lf < 0 else lf


def _after_line_ends(payload: bytes, start: int) -> int:
    while payload[start : start + 1] in _LINE_ENDS:
        start += 1
    return start


def _msa_follows(payload: bytes, end: int) -> bool:
    """Whether MSA is the first segment behind `end` of those that do not stand before it; a look at one, mostly."""
    while True:
        start = end + 1
        if payload[start : start + 1] in _LINE_ENDS:
            start = _after_line_ends(payload, start)
        name = payload[start : start + 3]
        if name not in _BEFORE_MSA:
            return name == b"MSA"
        end = _line_end(payload, start)


def _find_msh(payload: bytes) -> tuple[bytes, int]:
    """The MSH segment and its end, behind a byte order mark and line ends; raises HeaderFault where there is none."""
    start = _after_line_ends(payload, len(UTF8_BOM) if payload.startswith(UTF8_BOM) else 0)
    if not payload.startswith(b"MSH", start):
        raise HeaderFault(_diagnose(payload, payload[start : start + 8]), "MSH")
    end = _line_end(payload, start)
    return payload[start:end], end


def _diagnose(payload: bytes, head: bytes) -> HeaderFaultCode:
    if payload.startswith(_WIDE_BOMS) or b"\x00" in payload[:8]:
        return HeaderFaultCode.WIDE_ENCODING
    if is_batch(payload):
        return HeaderFaultCode.BATCH
    return HeaderFaultCode.XML if head.lstrip().startswith(b"<") else HeaderFaultCode.NO_MSH
