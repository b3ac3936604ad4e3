"""The files listener: each file of a folder is taken message by message, answered by a file, and put away."""

from __future__ import annotations

import asyncio
from asyncio import to_thread
from contextlib import suppress
from typing import NamedTuple

import structlog

from engine.bus.bus import Producer
from engine.config import FilesSettings
from engine.facilities.facility import Registry
from engine.hl7.acknowledgment import AcknowledgmentCode as Code
from engine.hl7.framing import HEAD_BYTES, Frame, FrameFault
from engine.listeners.commits import Commits
from engine.listeners.exchange import Exchange, Unstored, framed, too_large
from engine.listeners.folder import DONE, REFUSED, Folder, Found
from engine.listeners.messages import split_messages
from engine.listeners.received import Received
from engine.listeners.receiving import Ground, Receiving
from engine.listeners.resting import Resting

log = structlog.get_logger()

_ACCEPTED = frozenset({Code.AA, Code.CA})


class Outcome(NamedTuple):
    """What became of the messages of a file: the answers that are not written yet, and where the file goes."""

    answers: bytes
    place: str


class FilesListener:
    """Takes messages from the files of one folder, stores their bytes through the producer, and answers by files.

    The producer is used from the event loop that calls `start`; it may be closed after `drain`.
    """

    def __init__(self, settings: FilesSettings, producer: Producer, ground: Ground) -> None:
        self._settings = settings
        self._producer = producer
        self._ground = ground
        self._receiving = Receiving(settings, ground)
        self._resting = Resting(settings.settle.total_seconds())
        self._outcomes: dict[Found, Outcome] = {}
        """Of files that are stored, and not put away yet."""
        self._troubled: set[Found] = set()
        self._stop = asyncio.Event()

    @property
    def where(self) -> str:
        """The folder, for an operator."""
        return str(self._settings.folder)

    async def start(self) -> None:
        """Watch the folder from now on; raises ListenFault where it cannot be had."""
        loop, receiving, clock = asyncio.get_running_loop(), self._receiving, self._ground.clock
        commits = Commits(self._producer, receiving.budget, clock, loop)
        self._exchange = Exchange(receiving, commits, clock, self._settings.ack_deadline.total_seconds())
        self._folder = await to_thread(Folder, self._settings.folder)
        self._watching = loop.create_task(self._watch())
        log.info("watching", listener=self._settings.name, folder=self.where)

    def use(self, registry: Registry) -> None:
        """Admit by this registry from now on."""
        self._receiving.use(registry)

    async def drain(self, seconds: float) -> None:
        """Take no further message, and finish the one in flight; a file begun is taken again at the next start."""
        self._stop.set()
        await asyncio.wait([self._watching], timeout=seconds)
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        self._folder.close()
        self._receiving.meters.report(self._receiving.budget.used)
        log.info("stopped watching", listener=self._settings.name)

    async def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                await self._look()
            except Exception:  # the folder is watched, whatever became of one look
                log.exception("a look at the folder was not finished", listener=self._settings.name)
            self._receiving.meters.report(self._receiving.budget.used)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), self._settings.every.total_seconds())

    async def _look(self) -> None:
        try:
            found = await to_thread(self._folder.look)
            for one in self._resting.look(found, self._ground.clock.monotonic()):
                if not self._stop.is_set():
                    await self._try(one)
        except Unstored:
            log.warning("a file is not stored, and is tried again", listener=self._settings.name)

    async def _try(self, found: Found) -> None:
        """Take one file; one at fault does not keep others from being taken, and is told of once."""
        try:
            await self._take(found)
            self._troubled.discard(found)
        except OSError as error:
            if found not in self._troubled:
                self._troubled.add(found)
                self._tell(error)

    async def _take(self, found: Found) -> None:
        """Take one file; what is done of it already is not done again."""
        if found not in self._outcomes:
            content = await to_thread(self._folder.read, found, self._most + 1)
            outcome = await self._exchange_all(content) if content is not None else None
            if outcome is None:
                return
            self._outcomes[found] = outcome
        outcome = self._outcomes[found]
        if outcome.answers:
            await to_thread(self._folder.write_answers, found, outcome.answers)
            self._outcomes[found] = outcome._replace(answers=b"")
        await to_thread(self._folder.put_away, found, outcome.place)
        del self._outcomes[found]

    def _tell(self, error: OSError) -> None:
        """Log what is wrong; the file's name, which may be a patient's, is not in it."""
        log.error("a file is not finished, and is tried again", listener=self._settings.name, reason=error.strerror)

    async def _exchange_all(self, content: bytes) -> Outcome | None:
        """The outcome of a file's messages, one after another; None when the listener stops before the last."""
        answers, accepted = [], True
        for one in self._split(content):
            if self._stop.is_set():
                return None
            received = await self._exchange.exchange(one, self._receiving.identify(""))
            answers.append(received.due.reply)
            accepted = accepted and all(map(_is_accepted, received.each))
        return Outcome(b"".join(answers), DONE if accepted else REFUSED)

    def _split(self, content: bytes) -> list[Frame | FrameFault]:
        """The messages; a file beyond all memory counts as one that is too large, one without any as no message."""
        if len(content) > self._most:
            return [too_large(content[:HEAD_BYTES])]
        return [framed(one, self._settings.max_frame) for one in split_messages(content) or [content]]

    @property
    def _most(self) -> int:
        """Bytes of a file that are taken: what may be in flight."""
        return self._settings.max_in_flight


def _is_accepted(received: Received) -> bool:
    return received.answer.refusal is None or received.answer.code in _ACCEPTED
