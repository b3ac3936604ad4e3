"""Plain HTTP, asked often."""

from __future__ import annotations

import ssl

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For httpx, which else reads the authorities of the whole world for each question: 30 ms of processor, not 3."""
