"""One connection of a listener: frames in, answers out in the order of the frames.

The bytes of a frame go to the bus as soon as it is whole, one batch at a time a connection, so that its order holds
even when a batch has to be published again. An answer is written when its record is durable and the answers before it
are written. What is not durable by the deadline is not answered: the connection is closed, and the sender sends again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import structlog

from engine.bus.record import Record
from engine.hl7.framing import Frame, FrameFault, FrameFaultCode
from engine.listeners.answer import Answer
from engine.listeners.clock import Clock
from engine.listeners.commits import Commits
from engine.listeners.meters import End
from engine.listeners.peers import Peers
from engine.listeners.reading import BATCH, END, OTHERS, PEER, Reading
from engine.listeners.received import Received
from engine.listeners.receiving import Receiving
from engine.listeners.wire import Wire

log = structlog.get_logger()

FLOOR_RATE = 32 << 10
"""Bytes a second that give a frame more time than its deadline, so that a large one may come over a slow line."""

PAUSE = 0.5
"""Seconds of silence after an FS that end a frame, on a listener that accepts a missing CR (F4)."""

LINGER = 2.0
"""Seconds that a peer has to read its last answer and close, before its connection is cut."""

UNREADABLE_IN_A_ROW = 5
"""Frames without a readable MSH after which a connection is closed (F18)."""

TURN = 64
"""Frames of one connection that are taken before another has its turn."""

AT_FAULT = frozenset({End.JUNK, End.REFUSED, End.FRAME_DEADLINE})
"""Ends that are the sender's fault, so that somebody should look at what it sends: logged with its address."""

NOTHING_KEPT = frozenset({FrameFaultCode.JUNK, FrameFaultCode.UNFRAMED})
"""Faults that leave no bytes to keep and no message to answer (F3)."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all connections of a listener use together."""

    listener: str
    frame_deadline: float
    first_byte_deadline: float | None
    ack_deadline: float
    receiving: Receiving
    wire: Wire
    commits: Commits
    peers: Peers
    clock: Clock
    loop: asyncio.AbstractEventLoop
    open: set[Connection] = field(default_factory=set)
    busy: set[Connection] = field(default_factory=set)
    """Those with a frame begun or an answer due, for which deadlines run."""


class Connection(asyncio.Protocol):
    """One peer's connection; all of it runs on the event loop."""

    __slots__ = (
        *(
            "_shared",
            "_transport",
            "_peer",
            "_sender",
            "_framer",
            "_found",
            "_waiting",
            "_queue",
            "_batch",
            "_unreadable",
        ),
        *("_reading", "_began", "_end", "_over", "_heard", "records", "size", "until"),
    )

    records: Sequence[Record]
    """With `size` and `until`: the batch of this connection that the bus has, see `Batch`."""
    size: int
    until: float

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._framer = shared.wire.framer()
        self._waiting: list[Received] = []  # not answered yet, in the order of their frames
        self._found: list[Frame | FrameFault] = []  # not taken yet
        self._queue: list[Received] = []  # those of them that are not published yet
        self._batch: list[Received] = []  # those of them that are, and not durable
        self._unreadable = 0
        self._began = 0.0
        self._end: End | None = None
        self._over = False  # the peer sends no more
        self._heard = False  # the peer has sent something

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._peer = str((transport.get_extra_info("peername") or [""])[0])
        self.identify()
        self._reading = Reading(
            self._transport, self._shared.receiving.budget, self._shared.wire.max_frame, self._begin
        )
        self._shared.open.add(self)
        self._shared.receiving.meters.opened()
        if not self._shared.peers.enter(self._peer):
            self._end = End.LIMIT
            if self._shared.receiving.events:
                self._shared.receiving.events.limit_refused(self._peer)
            self._transport.abort()
        elif self._shared.first_byte_deadline is not None:
            self._shared.loop.call_later(self._shared.first_byte_deadline, self._expect_a_byte)

    def _expect_a_byte(self) -> None:
        if not self._heard and not self._end:
            self.finish(End.FIRST_BYTE_DEADLINE)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._end:
            return
        framer = self._framer
        begun = framer.inside
        found = self._found = framer.feed(data)
        if framer.inside and (found or not begun):
            self._begin()
        if framer.pending_end:
            self._wait_for_pause()
        self._take_turn()

    def _take_turn(self) -> None:
        """Take some of the frames found, and let others have their turn before the rest."""
        if self._end:
            return
        found = self._found
        self._take(found[:TURN], self._shared.clock.monotonic())
        self._publish()
        if self._queue:
            self._reading.stop(BATCH)
        if len(found) > TURN:
            self._found = found[TURN:]
            self._reading.stop(OTHERS)
            self._shared.loop.call_soon(self._take_turn)
        else:
            self._reading.go_on(OTHERS)
        if not self._end:
            self._reading.make_room(self._framer.buffered)
        self._shared.busy.add(self)
        self._write_answers()

    def eof_received(self) -> bool:
        """The peer sends no more, and may still read: what is due is answered before the connection is closed."""
        self._over = True
        left = self._end_framing()
        if left and not self._end:
            self._take([left], self._shared.clock.monotonic())
            self._publish()
        self.finish(End.PEER)
        return bool(self._waiting) and self._transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone; what was taken from it is stored all the same."""
        shared = self._shared
        self._over = True
        self._end = self._end or End.PEER
        self._end_framing()
        self._reading.leave()
        shared.receiving.meters.left_unanswered(self._waiting)
        shared.receiving.meters.closed(self._end)
        if self._end in AT_FAULT:
            log.warning("connection closed", listener=shared.listener, peer=self._peer, reason=self._end.value)
        self._waiting.clear()
        shared.peers.leave(self._peer)
        shared.open.discard(self)
        shared.busy.discard(self)

    def pause_writing(self) -> None:
        self._reading.stop(PEER)

    def resume_writing(self) -> None:
        self._reading.go_on(PEER)

    # What the listener asks

    def identify(self) -> None:
        """Find out who is at the other end: at the start, and again by a new registry."""
        self._sender = self._shared.receiving.identify(self._peer, certificate_of(self._transport))

    def finish(self, end: End) -> None:
        """Take no more frames, answer what is due, then close."""
        self._end = self._end or end
        self._reading.stop(END)
        self._end_framing()
        self._reading.leave()
        if not self._waiting:
            self._close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def check(self, now: float) -> None:
        """Close if a deadline has passed; the time that a frame waits for room is not counted."""
        shared, framer = self._shared, self._framer
        if self._waiting and now - self._waiting[0].since > shared.ack_deadline:
            self._give_up()
        elif framer.inside and not self._end and not self._reading.waits_for_room:
            if now - self._began > shared.frame_deadline + framer.buffered / FLOOR_RATE:
                self.finish(End.FRAME_DEADLINE)
        elif not self._waiting and not framer.inside:
            shared.busy.discard(self)

    # Frames

    def _begin(self) -> None:
        """Have the deadline of the frame begun run from now."""
        self._began = self._shared.clock.monotonic()

    def _take(self, found: Sequence[Frame | FrameFault], now: float) -> None:
        for one in found:
            if one.junk_before:
                self._shared.receiving.meters.junk_bytes.inc(one.junk_before)
            if isinstance(one, Frame):
                for flag in one.flags:
                    self._shared.receiving.meters.odd(flag)
                if self._shared.wire.confirms and self._shared.wire.is_confirmation(one.payload):
                    continue
            elif one.code in NOTHING_KEPT:
                self.finish(End.JUNK)
                return
            received = self._shared.receiving.reception.receive(one, now, self._sender)
            self._queue_or_wait(received)
            if self._ends_with(received.answer):
                self.finish(End.REFUSED)
                return

    def _wait_for_pause(self) -> None:
        """Have the frame end that may have lost its CR, unless more comes (F4)."""
        framer, read = self._framer, self._framer.buffered

        def end_of_pause() -> None:
            if framer.buffered == read and framer.pending_end and not self._end:
                ended = framer.pause()
                self._found = [*self._found, ended] if ended else self._found
                self._take_turn()

        self._shared.loop.call_later(PAUSE, end_of_pause)

    def _queue_or_wait(self, received: Received) -> None:
        self._waiting.append(received)
        if received.records:
            self._queue.append(received)
            self._shared.receiving.budget.take(received.size)
        if (received.parts or not received.records) and not received.due.durable:
            received.due.wait(self._write_answers)

    def _ends_with(self, answer: Answer) -> bool:
        self._unreadable = self._unreadable + 1 if answer.unreadable else 0
        return answer.close or self._unreadable >= UNREADABLE_IN_A_ROW

    def _end_framing(self) -> Frame | None:
        """Count what the end leaves (F2, F3); a frame, where the end of the connection may end one (F4)."""
        self._shared.receiving.meters.junk_bytes.inc(self._framer.junk)
        left = self._framer.end()
        if isinstance(left, FrameFault):
            self._shared.receiving.meters.truncated.inc()
            return None
        return left

    # Storing

    def _publish(self) -> None:
        if self._batch or not self._queue:
            return
        batch, self._queue = self._queue, []
        self._batch = batch
        self.records = [record for received in batch for record in received.records]
        self.size = sum([received.size for received in batch])
        self.until = batch[0].since + self._shared.ack_deadline
        self._shared.commits.publish(self)

    def stored(self) -> None:
        """The batch is durable."""
        batch, self._batch, self.records = self._batch, [], ()
        for received in batch:
            self._shared.receiving.meters.stored(received)
            received.due.settle()
        self._publish()
        self._reading.go_on(BATCH)
        self._write_answers()

    def lost(self) -> None:
        """The bus refused the batch to the end; what came after it must not overtake it, and is not stored either."""
        left, self._queue = self._queue, []
        lost, self._batch, self.records = [*self._batch, *left], [], ()
        self._shared.receiving.budget.give(sum([received.size for received in left]))
        for received in reversed(lost):
            self._shared.receiving.reception.forget(received)
        self.check(self._shared.clock.monotonic())

    # Answers

    def _write_answers(self) -> None:
        waiting = self._waiting
        if not waiting or not waiting[0].due.durable or self._transport.is_closing():
            return
        count = 1
        while count < len(waiting) and waiting[count].due.durable:
            count += 1
        answered = waiting[:count]
        del waiting[:count]
        stored = self._shared.wire.stored
        self._transport.write(b"".join([stored(received.due.reply) for received in answered]))
        now = self._shared.clock.monotonic()
        for received in answered:
            self._shared.receiving.meters.acknowledged(received, now)
        if self._end and not waiting:
            self._close()

    def _give_up(self) -> None:
        """Close because storage did not confirm in time; with an answer that says so only if the settings want one."""
        self._end = End.UNANSWERED
        unstored = self._shared.receiving.reception.unstored
        last = b"".join([self._shared.wire.not_stored(unstored(one)) for one in self._waiting])
        if last:
            self._shared.receiving.meters.left_unanswered(self._waiting)
            self._waiting.clear()
            self._transport.write(last)
            self._close()
        else:
            self._transport.abort()

    def _close(self) -> None:
        """Close so that the peer can still read its last answer: a socket closed with bytes unread would reset it."""
        if self._over or self._transport.is_closing():
            self._transport.close()
            return
        if not self._transport.can_write_eof():
            self._transport.close()  # TLS says goodbye by itself, once all is written
            return
        self._transport.write_eof()
        self._reading.go_on(~0)
        self._shared.loop.call_later(LINGER, self._transport.abort)


def certificate_of(transport: asyncio.BaseTransport) -> bytes | None:
    """The peer's certificate, DER; None where it shows none."""
    encrypted = transport.get_extra_info("ssl_object")
    return encrypted.getpeercert(binary_form=True) if encrypted else None
