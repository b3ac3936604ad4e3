"""A small SMTP server for tests: TLS by STARTTLS or from the first byte, a login, and answers as a test wants them."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from contextlib import suppress
from typing import Self


class PostBox:
    """Takes mails on a thread of its own; `mails` are the bytes of each as they came."""

    def __init__(self, context: ssl.SSLContext | None, *, direct: bool = False, password: str = "") -> None:
        """Without `context` there is no TLS to be had."""
        self.mails: list[bytes] = []
        self.recipients: list[str] = []
        self.answers: dict[str, bytes] = {}
        """By command, what to say instead of the usual."""
        self.trickles = False
        """Whether it answers with a line of many, again and again."""
        self.port = 0
        self._context = context
        self._direct = direct
        self._password = password
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _start(self) -> None:
        wrapped = self._context if self._direct else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=wrapped)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 box\r\n")
        if self.trickles:
            await self._trickle(writer)
        is_safe = self._direct
        while line := await reader.readline():
            word = line.decode("ascii", "replace").split(maxsplit=1)[0].upper() if line.strip() else ""
            if word in self.answers:
                writer.write(self.answers[word])
            elif word == "STARTTLS" and self._context:
                writer.write(b"220 go on\r\n")
                await writer.drain()
                await writer.start_tls(self._context)
                is_safe = True
            elif word == "DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append(await self._read(reader))
                writer.write(b"250 taken\r\n")
            else:
                writer.write(self._answer(word, line, is_safe=is_safe))
            await writer.drain()
            if word == "QUIT":
                break
        writer.close()

    async def _trickle(self, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while True:
                writer.write(b"250-more\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        body = b""
        while (line := await reader.readline()) not in (b".\r\n", b""):
            body += line
        return body

    def _answer(self, word: str, line: bytes, *, is_safe: bool) -> bytes:
        if word == "EHLO":
            offered = [b"250-box", *([b"250-STARTTLS"] if self._context and not is_safe else [])]
            return b"\r\n".join([*offered, b"250-AUTH PLAIN" if self._password else b"250-SIZE", b"250 8BITMIME", b""])
        if word == "AUTH":
            given = base64.b64decode(line.split()[-1]).split(b"\0")[-1].decode()
            return b"235 known\r\n" if given == self._password else b"535 unknown\r\n"
        if word == "RCPT":
            self.recipients.append(line.decode().partition("<")[2].partition(">")[0])
        return b"221 ended\r\n" if word == "QUIT" else b"250 well\r\n"
