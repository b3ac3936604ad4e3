"""The settings of listeners: MLLP, HTTP and files, three doors into one way."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ByteSize, Discriminator, Field, Tag, model_validator

from engine.config.duration import Duration, Size
from engine.language.model import Section

Codes = Literal["AR/CR", "AR/CE", "AE/CE", "AE/CR", "close"]
"""MSA-1 in original mode and in enhanced mode; `close`: no answer, and the connection is closed."""


class Answers(Section):
    """Which code answers which cause: the first of a pair in original mode, the second in enhanced mode."""

    control_id: Codes = Field("AR/CE", description="MSH-10 is empty.")
    message_type: Codes = Field("AR/CR", description="MSH-9.1 is none.")
    event: Codes = Field("AR/CR", description="MSH-9.2 is none.")
    processing_id: Codes = Field("AR/CR", description="MSH-11 is not taken here.")
    version: Codes = Field("AR/CR", description="MSH-12 is none.")
    sender: Codes = Field("AR/CR", description="The connection may not send for this facility, or nobody knows it.")
    content: Codes = Field("AE/CE", description="The message breaks the profile; only with `ack: validated`.")
    sequence: Codes = Field("AR/CE", description="MSH-13 is not the number expected.")
    batch: Codes = Field("AR/CE", description="A batch came, and batches are refused.")
    unreadable: Codes = Field("AR/CE", description="There is no readable MSH.")
    start_inside: Codes = Field("AE/CE", description="A start byte stands inside the frame.")
    too_large: Codes = Field("AR/CE", description="The frame is larger than `max_frame`.")
    storage: Codes = Field("close", description="The message is not durable by `ack_deadline`.")


class TlsSettings(Section):
    """TLS of a listener; the files are read again when they change, and sessions that stand go on."""

    certificate: Path = Field(description="The listener's certificate and what signed it, PEM.")
    key: Path = Field(description="Its private key, PEM.")
    client_ca: Path | None = Field(None, description="Who signs the senders' certificates, PEM: each must show one.")
    crl: Path | None = Field(None, description="Certificates that are revoked, PEM or DER.")
    minimum: Literal["1.2", "1.3"] = Field("1.2", description="The oldest version of TLS that is taken.")
    handshake_deadline: Duration = Field(timedelta(seconds=10), description="Longest time of a handshake.")
    max_handshakes: int = Field(512, ge=1, description="Handshakes at once; further connections wait their turn.")


class ListenerSettings(Section):
    """What every listener has, whatever its door."""

    name: str = Field(
        "mllp", pattern=r"^[a-z][a-z0-9-]{0,31}$", description="Names the listener in metrics and records."
    )
    processing_ids: tuple[str, ...] = Field(("P", "T", "D"), description="Values of MSH-11 that are taken.")
    ack: Literal["stored", "validated"] = Field(
        "stored",
        description="stored: accepted once the bytes are durable. validated: the structure is checked before that.",
    )
    profile: Path | None = Field(
        None, description="What `validated` checks; by default the standard's tables of the message's version."
    )
    batches: Literal["refuse", "split"] = Field(
        "refuse", description="What FHS/BHS batches get: one dead letter, or an answer for each message inside."
    )
    sequence_numbers: Literal["follow", "ignore"] = Field(
        "follow", description="Whether MSH-13, where valued, switches the sequence number protocol on."
    )
    unknown_facility: Literal["accept", "dead", "refuse"] | None = Field(
        None,
        description="What a sender gets whom the registry does not know: accepted under a code of its own, kept as a "
        "dead letter, or refused. By default accepted on loopback, refused elsewhere.",
    )
    answers: Answers = Answers()
    max_frame: Size = Field(ByteSize(16 << 20), le=64 << 20, description="Largest message; a larger one is refused.")
    ack_deadline: Duration = Field(
        timedelta(seconds=20), description="How long an answer waits for storage, then none is sent."
    )
    max_in_flight: Size = Field(
        ByteSize(256 << 20), description="Bytes read and not yet durable, over all connections."
    )
    duplicate_window: int = Field(
        100_000, ge=0, description="Messages remembered so that a resend gets the same answer."
    )

    @property
    def local(self) -> bool:
        """Whether only this machine reaches the listener."""
        return True

    @property
    def certified(self) -> bool:
        """Whether each sender has to show a certificate."""
        return False

    @property
    def unknown(self) -> Literal["accept", "dead", "refuse"]:
        """What an unknown facility gets."""
        return self.unknown_facility or ("accept" if self.local else "refuse")


class SocketSettings(ListenerSettings):
    """What every listener has that listens on a TCP port."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(2575, ge=0, le=65535, description="TCP port; 0 takes a free one.")
    tls: TlsSettings | None = None
    insecure_reason: str = Field(
        "", description="Why it is right to take messages from beyond this machine without the senders' certificates."
    )
    workers: int = Field(1, ge=1, le=64, description="Processes that listen on this port.")
    max_connections: int = Field(12000, ge=1, description="Connections held at once.")
    max_connections_per_peer: int = Field(12000, ge=4, description="Connections held at once from one address.")

    @property
    def local(self) -> bool:
        """Whether only this machine reaches the listener."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def certified(self) -> bool:
        """Whether each sender has to show a certificate."""
        return self.tls is not None and self.tls.client_ca is not None

    @model_validator(mode="after")
    def _is_secure(self) -> Self:
        if not (self.local or self.insecure_reason.strip() or self._senders_are_known()):
            raise ValueError(
                f"would take messages on {self.host} in clear or from anybody - set tls with client_ca, "
                "or say in insecure_reason why that is right here"
            )
        return self

    @model_validator(mode="after")
    def _workers_fit(self) -> Self:
        if self.workers > 1 and self.port == 0:
            raise ValueError("workers share one port - name it instead of 0")
        if self.workers > 1 and self.sequence_numbers == "follow":
            raise ValueError("sequence numbers are followed by one worker only - set sequence_numbers: ignore")
        return self

    def _senders_are_known(self) -> bool:
        return self.certified


class MllpSettings(SocketSettings):
    """HL7 v2 over MLLP, for hospital systems."""

    kind: Literal["mllp"] = Field("mllp", description="Which door it is: mllp, http or files.")
    release: Literal[1, 2] = Field(1, description="MLLP release; 2 confirms each block, `VT 06 FS CR`.")
    accept_missing_vt: bool = Field(False, description="Take `MSH|` outside of a frame for its start.")
    accept_missing_cr: bool = Field(False, description="Take FS alone for a frame's end, before VT or a pause.")
    frame_deadline: Duration = Field(
        timedelta(seconds=30), description="Longest time from the start of a frame to its end."
    )
    first_byte_deadline: Duration | None = Field(
        None, description="Longest time from a connection's start to its first byte; unlimited where there is none."
    )


class WebSettings(SocketSettings):
    """HL7 v2 over HTTP, `POST /hl7` with the acknowledgment as the body, for clinics."""

    kind: Literal["http"] = Field("http", description="Which door it is: mllp, http or files.")
    name: str = Field("http", pattern=r"^[a-z][a-z0-9-]{0,31}$", description="As for MLLP.")
    port: int = Field(2580, ge=0, le=65535, description="TCP port; 0 takes a free one.")
    request_deadline: Duration = Field(
        timedelta(seconds=30), description="Longest time of a request's head, and of its body."
    )

    def _senders_are_known(self) -> bool:
        return self.tls is not None  # a sender without a certificate has a token


class FilesSettings(ListenerSettings):
    """HL7 v2 in files of a watched folder; each gets a file of acknowledgments, and is moved when done."""

    kind: Literal["files"] = Field("files", description="Which door it is: mllp, http or files.")
    name: str = Field("files", pattern=r"^[a-z][a-z0-9-]{0,31}$", description="As for MLLP.")
    folder: Path = Field(description="The folder that is watched.")
    every: Duration = Field(timedelta(seconds=1), description="Time between two looks.")
    settle: Duration = Field(
        timedelta(seconds=2), description="How long a file's size and time must rest before it is read."
    )

    @property
    def workers(self) -> int:
        """One process watches a folder."""
        return 1


def _kind(value: Any) -> str:
    found = value.get("kind", "mllp") if isinstance(value, dict) else getattr(value, "kind", "mllp")
    return found if found in ("mllp", "http", "files") else "mllp"


AnyListener = Annotated[
    Annotated[MllpSettings, Tag("mllp")] | Annotated[WebSettings, Tag("http")] | Annotated[FilesSettings, Tag("files")],
    Discriminator(_kind),
]
"""One of `listeners:`; without `kind` it is MLLP."""
