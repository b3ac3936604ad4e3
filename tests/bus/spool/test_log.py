"""The log of a spool: what was appended comes back, whatever happens to its files."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from engine.bus.bus import BusError
from engine.bus.record import Record
from engine.bus.spool.disk import Disk
from engine.bus.spool.log import SpoolFull
from tests.bus.spool.logs import numbers, open_log, read_on, record, segments
from tests.rig.proof import count

_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
_RECORDS = st.tuples(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.binary(max_size=40),
    st.binary(max_size=300),
    st.dictionaries(_NAMES, st.binary(max_size=50), max_size=4),
).map(lambda parts: Record(*parts))


FIRST_VERSION = (
    "0011223344556677d20400000000000000fc5beb9c0100003e000000994d64c9e5a896660700050000001f000000686c",
    "372e72617761206b65790e00000002006964040074797065020000000700000031374144545e4130314d53487c5e7e5c",
    "267c",
)
"""A segment of format 1."""


class Filled(NamedTuple):
    """A segment of ten records of which the last three were appended one by one."""

    path: Path
    content: bytes
    ends: list[int]


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    log = open_log(tmp_path)
    log.append([record(number) for number in range(7)])
    for number in range(7, 10):
        log.append([record(number)])
    ends = [one.frame.end for one in log.read(100, 1 << 20).records]
    log.close()
    (path,) = segments(tmp_path)
    return Filled(path, path.read_bytes(), ends)


def counted(registry: CollectorRegistry, name: str) -> float:
    return registry.get_sample_value(name) or 0.0


@given(calls=st.lists(st.lists(_RECORDS, min_size=1, max_size=5), max_size=8), segment_bytes=st.integers(1, 2000))
def test_any_records_come_back_in_order_also_after_a_restart(calls: list[list[Record]], segment_bytes: int) -> None:
    with TemporaryDirectory() as folder:
        log = open_log(Path(folder), segment_bytes=segment_bytes)
        for call in calls:
            log.append(call)
        sent = [one for call in calls for one in call]
        assert log.depth == len(sent)
        log.close()
        again = open_log(Path(folder), segment_bytes=segment_bytes)
        assert again.depth == len(sent)
        assert [one.record for one in read_on(again, 3)] == sent


def test_what_is_forgotten_goes_segment_by_segment_and_the_rest_follows_a_restart(tmp_path: Path) -> None:
    log = open_log(tmp_path, segment_bytes=500)
    for number in range(40):
        log.append([record(number, 100)])
    before = len(segments(tmp_path))
    batch = log.read(25, 1 << 20)
    log.forget(batch.place)
    assert len(segments(tmp_path)) < before
    assert log.depth == 15
    log.close()
    again = open_log(tmp_path, segment_bytes=500)
    assert again.depth == 15
    assert numbers(read_on(again)) == list(range(25, 40))
    again.tidy()
    assert segments(tmp_path) == []
    again.append([record(40)])
    assert numbers(read_on(again)) == [40]


def test_a_place_that_is_lost_or_damaged_repeats_and_loses_nothing(tmp_path: Path) -> None:
    for content in (None, b"", b"7 00 9 9 00000000\n", b"\x00" * 40, b"x"):
        folder = tmp_path / str(hash(content))
        folder.mkdir()
        log = open_log(folder)
        log.append([record(number) for number in range(10)])
        log.forget(log.read(4, 1 << 20).place)
        log.close()
        place = folder / "forwarded"
        place.unlink() if content is None else place.write_bytes(content)
        assert numbers(read_on(open_log(folder))) == list(range(10))


def test_the_place_of_an_old_segment_does_not_hide_a_new_one_of_the_same_number(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    log.append([record(number) for number in range(10)])
    read_on(log)
    log.close()
    (old,) = segments(tmp_path)
    old.unlink()
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    other = open_log(fresh)
    other.append([record(number) for number in range(3)])
    other.close()
    (new,) = segments(fresh)
    new.rename(tmp_path / new.name)
    assert numbers(read_on(open_log(tmp_path))) == [0, 1, 2]


def test_files_are_for_their_owner_alone_and_links_are_not_followed(tmp_path: Path) -> None:
    os.umask(0)
    log = open_log(tmp_path)
    log.append([record(1)])
    log.forget(log.read(1, 1).place)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"x" * 100)
    (tmp_path / "00000009-0011223344556677.spool1").symlink_to(elsewhere)
    with capture_logs() as lines:
        open_log(tmp_path)
    assert [line["log_level"] for line in lines] == ["error"]
    with pytest.raises(OSError, match="symbolic"):
        Disk().open(tmp_path / "00000009-0011223344556677.spool1")


def test_a_tail_cut_at_any_byte_heals_by_itself(filled: Filled) -> None:
    whole = filled.ends[6]
    for size in range(whole, len(filled.content)):
        filled.path.write_bytes(filled.content[:size])
        registry = CollectorRegistry()
        log = open_log(filled.path.parent, registry=registry)
        kept = [number for number, end in enumerate(filled.ends) if end <= size]
        log.append([record(99)])
        assert numbers(read_on(log)) == [*kept, 99]
        assert counted(registry, "engine_spool_damages_total") == 0
        log.close()
        for path in filled.path.parent.iterdir():
            path.unlink()


def test_a_tail_that_was_never_written_heals_by_itself(filled: Filled) -> None:
    for zeros in (1, 40, 5000):
        filled.path.write_bytes(filled.content[: filled.ends[8]] + bytes(zeros))
        registry = CollectorRegistry()
        assert numbers(read_on(open_log(filled.path.parent, registry=registry))) == list(range(9))
        assert counted(registry, "engine_spool_damages_total") == 0
        filled.path.parent.joinpath("forwarded").unlink()


@pytest.mark.prove
def test_a_flip_of_any_bit_costs_one_record_is_set_aside_and_said(filled: Filled) -> None:
    for bit in range(0, len(filled.content) * 8, count(11, 1)):
        flipped = bytearray(filled.content)
        flipped[bit // 8] ^= 1 << bit % 8
        filled.path.write_bytes(flipped)
        hit = sum(end <= bit // 8 for end in filled.ends)
        registry = CollectorRegistry()
        with capture_logs() as lines:
            log = open_log(filled.path.parent, registry=registry)
            assert numbers(read_on(log)) == [number for number in range(10) if number != hit]
        start = ([0, *filled.ends])[hit]
        aside = filled.path.with_name(f"{filled.path.name}.damaged-{start}-{filled.ends[hit]}")
        assert aside.read_bytes() == flipped[start : filled.ends[hit]]
        assert counted(registry, "engine_spool_damages_total") == 1
        assert [line["log_level"] for line in lines] == ["error"]
        aside.unlink()
        filled.path.parent.joinpath("forwarded").unlink()


@given(st.integers(0, 9), st.integers(0, 3), st.binary(max_size=400))
def test_a_garbled_region_costs_only_the_records_in_it(first: int, more: int, garbage: bytes) -> None:
    with TemporaryDirectory() as folder:
        log = open_log(Path(folder))
        log.append([record(number) for number in range(14)])
        ends = [0, *(one.frame.end for one in log.read(100, 1 << 20).records)]
        log.close()
        (path,) = segments(Path(folder))
        content = path.read_bytes()
        stop = first + more
        path.write_bytes(content[: ends[first]] + garbage + content[ends[stop] :])
        registry = CollectorRegistry()
        read = numbers(read_on(open_log(Path(folder), registry=registry)))
        assert read == [number for number in range(14) if not first <= number < stop]
        assert counted(registry, "engine_spool_damages_total") == bool(garbage)


def test_damage_is_set_aside_once_however_often_it_is_read(filled: Filled) -> None:
    garbled = bytearray(filled.content)
    garbled[filled.ends[3] + 50] ^= 4
    filled.path.write_bytes(garbled)
    registry = CollectorRegistry()
    log = open_log(filled.path.parent, registry=registry)
    for _ in range(3):
        assert len(log.read(100, 1 << 20).records) == 9
    assert counted(registry, "engine_spool_damages_total") == 1


def test_a_frame_inside_a_message_is_no_record(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    log.append([record(1)])
    (path,) = segments(tmp_path)
    foreign = path.read_bytes()
    read_on(log)
    log.tidy()
    log.append([Record("hl7.raw", b"k", foreign * 3), record(2)])
    log.close()
    (path,) = segments(tmp_path)
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)
    assert numbers(read_on(open_log(tmp_path))) == [2]


def test_a_spool_of_another_format_is_left_alone_and_said(tmp_path: Path) -> None:
    newer = tmp_path / "00000001-0011223344556677.spool2"
    newer.write_bytes(b"whatever")
    with capture_logs() as lines:
        log = open_log(tmp_path)
        log.append([record(1)])
        assert numbers(read_on(log)) == [1]
    assert newer.read_bytes() == b"whatever"
    assert [line["log_level"] for line in lines] == ["error"]


def test_a_spool_that_the_first_version_wrote_is_read(tmp_path: Path) -> None:
    """The bytes of format 1, as they stand on disks: they do not change."""
    path = tmp_path / "00000007-0011223344556677.spool1"
    path.write_bytes(bytes.fromhex("".join(FIRST_VERSION)))
    log = open_log(tmp_path)
    (one,) = log.read(9, 1 << 20).records
    assert one.record == Record("hl7.raw", b"a key", b"MSH|^~\\&|", {"id": b"17", "type": b"ADT^A01"})
    assert (one.frame.number, one.frame.time_ms) == (1234, 1_773_475_200_000)


def test_a_full_spool_takes_no_more_until_something_is_forgotten(tmp_path: Path) -> None:
    log = open_log(tmp_path, most=4000, segment_bytes=1000)
    kept = 0
    while log.room > 400:
        log.append([record(kept, 200)])
        kept += 1
    with pytest.raises(SpoolFull):
        log.append([record(kept, 400)])
    log.forget(log.read(kept // 2, 1 << 20).place)
    log.append([record(kept, 200)])
    assert numbers(read_on(log)) == list(range(kept // 2, kept + 1))


class Failing(Disk):
    """A disk that fails as told: the call of a name, at its so-manieth time, with an error."""

    def __init__(self, call: str, times: set[int], error: int) -> None:
        self._call = call
        self._times = times
        self._error = error
        self._count = 0
        self.synced: list[int] = []
        self.failed: list[int] = []

    def _pass(self, call: str, handle: int = -1) -> None:
        if call == self._call:
            self._count += 1
            if self._count in self._times:
                self.failed.append(handle)
                raise OSError(self._error, os.strerror(self._error))

    def create(self, path: Path) -> int:
        self._pass("create")
        return super().create(path)

    def write(self, handle: int, content: bytes, at: int) -> None:
        if self._call == "write":
            super().write(handle, content[: len(content) // 2], at)
        self._pass("write")
        super().write(handle, content, at)

    def sync(self, handle: int) -> None:
        self.synced.append(handle)
        self._pass("sync", handle)
        super().sync(handle)

    def replace(self, path: Path, content: bytes) -> None:
        self._pass("replace")
        super().replace(path, content)


@pytest.mark.parametrize("call", ["create", "write"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_what_the_disk_does_not_take_is_not_stored_and_what_it_took_stays(
    tmp_path: Path, call: str, error: int
) -> None:
    log = open_log(tmp_path, disk=Failing(call, {1, 3, 4}, error), segment_bytes=100 if call == "create" else 10_000)
    stored = []
    for number in range(8):
        with suppress(BusError):
            log.append([record(number, 50)])
            stored.append(number)
    assert stored == [1, 4, 5, 6, 7]
    assert sum(path.stat().st_size for path in segments(tmp_path)) == log.size
    assert numbers(read_on(log)) == stored
    log.close()


def test_a_sync_that_fails_ends_the_file_and_the_records_go_into_a_new_one(tmp_path: Path) -> None:
    disk = Failing("sync", {3}, errno.EIO)
    log = open_log(tmp_path, disk=disk)
    for number in range(5):
        log.append([record(number)])
    assert len(segments(tmp_path)) == 2
    assert numbers(read_on(log)) == [0, 1, 2, 3, 4]
    log.close()


def test_a_disk_that_syncs_no_more_stores_nothing_until_it_does(tmp_path: Path) -> None:
    disk = Failing("sync", {2, 3}, errno.EIO)
    log = open_log(tmp_path, disk=disk)
    log.append([record(0)])
    with pytest.raises(BusError, match="Input/output"):
        log.append([record(1)])
    log.append([record(2)])
    assert numbers(read_on(log)) == [0, 2]


def test_records_that_a_failed_sync_left_behind_are_repeated_at_most(tmp_path: Path) -> None:
    log = open_log(tmp_path, disk=Failing("sync", {2}, errno.EIO))
    for number in range(3):
        log.append([record(number)])
    log.close()
    assert numbers(read_on(open_log(tmp_path))) == [0, 1, 1, 2]


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    log = open_log(tmp_path, disk=Failing("replace", set(range(99)), errno.ENOSPC), segment_bytes=200)
    for number in range(20):
        log.append([record(number, 100)])
    assert numbers(read_on(log, 3)) == list(range(20))
    assert len(segments(tmp_path)) <= 1


_FILL = """
import sys
from pathlib import Path
from engine.bus.bus import BusError
from engine.observe.logs import configure_logs
from tests.bus.spool.logs import open_log, record
configure_logs("info")
log = open_log(Path(sys.argv[1]))
for number in range(40):
    try:
        log.append([record(number, 1300)])
        print(number, flush=True)
    except BusError as error:
        print(error, file=sys.stderr, flush=True)
"""


def run(script: str, folder: Path, *before: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script over a folder in a process of its own, after a command such as strace."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    limits = (most if limit is None else limit, most)
    return subprocess.run(
        [*before, sys.executable, "-c", script, str(folder)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
    )


def strace(call: str, inject: str, trace: Path) -> list[str]:
    """A command that runs another one and meddles with its calls."""
    return ["strace", "-f", "-y", "-o", str(trace), "-e", f"trace={call}", "-e", inject]


def test_a_file_size_limit_of_the_system_costs_one_call_and_nothing_stored(tmp_path: Path) -> None:
    done = run(_FILL, tmp_path, limit=40_000)
    stored = [int(line) for line in done.stdout.split()]
    assert "File too large" in done.stderr
    assert 30 < len(stored) < 40
    assert numbers(read_on(open_log(tmp_path))) == stored


_FULL_DISK = """
import sys
from pathlib import Path
from engine.bus.bus import BusError
from engine.observe.logs import configure_logs
from tests.bus.spool.logs import numbers, open_log, read_on, record
configure_logs("info")
folder = Path(sys.argv[1])
log, stored, number, failures = open_log(folder), [], 0, 0
while failures < 3:
    try:
        log.append([record(number, 20_000)])
        stored.append(number)
    except BusError as error:
        assert "No space left" in str(error), error
        failures += 1
    number += 1
assert len(stored) > 40, stored
batch = log.read(10, 1 << 20)
assert numbers(batch.records) == stored[:10]
(folder / "ballast").unlink()
log.append([record(number)])
log.close()
again = open_log(folder)
assert numbers(read_on(again)) == [*stored, number]
print("well")
"""


def test_a_full_disk_takes_nothing_keeps_what_it_took_and_goes_on_by_itself(tmp_path: Path) -> None:
    """A disk of 1 MiB, seen by the process alone."""
    mounted = 'mount -t tmpfs -o size=1m tmpfs "$2" && head -c 65536 /dev/zero > "$2/ballast" && exec "$0" -c "$1" "$2"'
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", mounted, sys.executable, _FULL_DISK, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout == "well\n", done.stderr


@pytest.mark.parametrize("when", [1, 2, 5])
def test_fdatasync_that_fails_is_never_tried_again_on_the_same_file(tmp_path: Path, when: int) -> None:
    trace = tmp_path / "trace"
    folder = tmp_path / "spool"
    folder.mkdir()
    done = run(_FILL, folder, *strace("fdatasync", f"inject=fdatasync:error=EIO:when={when}", trace))
    assert done.stdout.split() == [str(number) for number in range(40)]
    files = [line.split("<")[1].split(">")[0] for line in trace.read_text().splitlines() if "fdatasync(" in line]
    failed = files[when - 1]
    assert failed not in files[when:]
    assert set(numbers(read_on(open_log(folder)))) == set(range(40))


_FORWARD = """
import sys
from pathlib import Path
from tests.bus.spool.logs import open_log, record
log = open_log(Path(sys.argv[1]), segment_bytes=3000)
for number in range(8):
    log.append([record(number, 1300)])
    print(f"has {number}", flush=True)
    if number % 4 == 3:
        batch = log.read(3, 1 << 20)
        for one in batch.records:
            print(f"forwarded {int(one.record.value)}", flush=True)
        log.forget(batch.place)
"""


@pytest.mark.prove
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "fsync", "rename", "unlink", "ftruncate"])
def test_a_kill_at_any_call_loses_nothing_that_was_stored(tmp_path: Path, call: str) -> None:
    kills = 0
    for when in range(1, count(4, 20)):
        folder = tmp_path / str(when)
        folder.mkdir()
        inject = f"inject={call}:signal=KILL:when={when}"
        said = run(_FORWARD, folder, *strace(call, inject, Path("/dev/null"))).stdout
        lines = [line.split() for line in said.splitlines()]
        stored = {int(number) for word, number in lines if word == "has"}
        forwarded = {int(number) for word, number in lines if word == "forwarded"}
        kills += len(stored) < 8
        registry = CollectorRegistry()
        read = numbers(read_on(open_log(folder, registry=registry)))
        assert read == sorted(set(read))
        assert set(read) >= stored - forwarded
        assert counted(registry, "engine_spool_damages_total") == 0
    assert kills or call in {"unlink", "ftruncate"}
