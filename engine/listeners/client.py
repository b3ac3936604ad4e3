"""An MLLP client: sends one message, waits for the acknowledgment that is its own, then sends the next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from ssl import SSLContext

from engine.hl7.acknowledgment import Acknowledgment, AcknowledgmentCode, due, read_acknowledgment
from engine.hl7.delimiters import HeaderFault
from engine.hl7.fault import HL7Fault
from engine.hl7.framing import Frame, Framer, frame
from engine.hl7.header import read_header

BRIEF = 0.25
"""Seconds to wait for an answer that may not come: the sender asked for none, or only for one of a kind."""

READ_BYTES = 1 << 16


class Unanswered(Exception):
    """No answer to a message came that was owed one; whether it was stored is not known, so it may be sent again."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The answer that a message is owed: `certain` is false where none was asked for, or only good or bad news."""

    control_id: bytes
    certain: bool

    def matches(self, answer: Acknowledgment) -> bool:
        """Whether the answer is this message's: MSA-2 names it, or is empty as where MSH could not be read."""
        return answer.control_id in (self.control_id, b"")


def expect(payload: bytes) -> Expected:
    """What the message itself says of its answer (MSH-15, table 0155).

    An acknowledgment gets none (A14), unless it is an application acknowledgment that asks for one (A9).
    """
    try:
        header = read_header(payload)
    except HeaderFault:
        return Expected(b"", certain=True)
    accept = header.field(15)
    always = due(accept, accepted=True) and due(accept, accepted=False)
    return Expected(header.control_id, always or not (header.enhanced or header.is_acknowledgment))


class Client:
    """One connection to a listener, made when it is first needed and again after it was lost."""

    def __init__(
        self, host: str, port: int, timeout: float = 30.0, tls: SSLContext | None = None, brief: float = BRIEF
    ) -> None:
        self._host = host
        self._port = port
        self._timeout = timeout
        self._tls = tls
        self._brief = brief
        self._link: _Link | None = None
        self.stale = 0
        """Answers that came too late, or to nothing that was sent; dropped."""

    async def connect(self) -> None:
        """Connect unless that is done; raises OSError."""
        await self._connected()

    async def send(self, payload: bytes) -> AcknowledgmentCode | None:
        """Send one message; its answer's code, or None if it got none and was owed none.

        Raises Unanswered when one was owed, OSError when there is no connection, FramingFault for a payload that MLLP
        cannot carry. A connection on which an answer is missing is closed: it may still come, and is then no other's.
        """
        expected, block = expect(payload), frame(payload)
        link = await self._connected()
        try:
            async with asyncio.timeout(self._timeout if expected.certain else self._brief):
                return await self._exchange(link, block, expected)
        except TimeoutError:
            if not expected.certain:
                return None
            self.close()
            raise Unanswered(f"no answer within {self._timeout:g} s") from None
        except (OSError, EOFError):
            self.close()
            raise Unanswered("the connection was closed before the answer") from None
        except asyncio.CancelledError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._link:
            self._link.writer.close()
            self._link = None

    async def _connected(self) -> _Link:
        if self._link is None:
            async with asyncio.timeout(self._timeout):
                self._link = _Link(*await asyncio.open_connection(self._host, self._port, ssl=self._tls))
        return self._link

    async def _exchange(self, link: _Link, block: bytes, expected: Expected) -> AcknowledgmentCode:
        link.writer.write(block)
        await link.writer.drain()
        while True:
            answer = _read(await link.next_frame())
            if answer and expected.matches(answer):
                return answer.code
            self.stale += 1


class _Link:
    """The two ends of a connection, and the frames that have come over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader
        self._framer = Framer()
        self._frames: list[Frame] = []

    async def next_frame(self) -> Frame:
        """The next frame; raises EOFError when none can come any more."""
        while not self._frames:
            received = await self._reader.read(READ_BYTES)
            if not received or self._framer.closed:
                raise EOFError
            self._frames += [found for found in self._framer.feed(received) if isinstance(found, Frame)]
        return self._frames.pop(0)


def _read(found: Frame) -> Acknowledgment | None:
    try:
        return read_acknowledgment(found.payload)
    except HL7Fault:
        return None
