"""Who may send what: a test for each rule of docs/explanation/who-may-send.md."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from engine.facilities.addresses import Addresses
from engine.facilities.admission import Admission, Link, Verdict
from engine.facilities.certificates import fingerprint, subjects
from engine.facilities.facility import Facility, Registry

AUTHORITY = trustme.CA()
LOCAL, NEAR, FAR = "127.0.0.1", "10.1.2.3", "192.0.2.9"
TOKEN = "a-long-secret-of-a-clinic"
ADMITTED, UNKNOWN, MISMATCH = Verdict.ADMITTED, Verdict.UNKNOWN, Verdict.MISMATCH
NEWCOMER = Facility("unregistered-1", "?", registered=False)


def certificate(*names: str, common: str | None = None) -> bytes:
    """A certificate in DER."""
    pem = AUTHORITY.issue_cert(*names, common_name=common).cert_chain_pems[0].bytes()
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def signed(common: Sequence[str], dns: str) -> bytes:
    """A certificate in DER with what trustme would not write."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one) for one in common])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=1))
    named = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
    return named.sign(key, SHA256()).public_bytes(Encoding.DER)


NORTH, SOUTH, STRANGE = certificate("north.example"), certificate("south.example"), certificate("strange.example")


def facility(code: str, *, at: str = "", **keys: tuple[str, ...]) -> Facility:
    networks = tuple(ip_network(one) for one in at.split())
    return replace(Facility(code, code, addresses=networks), **keys)  # type: ignore[arg-type]  # tuples all


def admission(*facilities: Facility, listener: str = "mllp", certified: bool = False) -> Admission:
    return Admission(Registry(facilities), listener, certified)


def codes(link: Link) -> set[str] | None:
    return None if link.codes is None else set(link.codes)


OPEN = facility("open")
BOUND = facility("north", certificates=("north.example",))


# Who is at the other end


@pytest.mark.parametrize("claim", [fingerprint(NORTH), "north.example"], ids=("fingerprint", "name"))
def test_a_certificate_tells_its_facility_by_fingerprint_and_by_name(claim: str) -> None:
    asked = admission(facility("north", certificates=(claim,)), certified=True)
    assert asked.identify(FAR, NORTH) == Link("mllp", frozenset(["north"]))


def test_a_common_name_is_claimed_with_cn_and_compared_letter_by_letter() -> None:
    shown = certificate("his.example", common="BV North")
    assert codes(admission(facility("1", certificates=("CN=BV North",))).identify(FAR, shown)) == {"1"}
    assert codes(admission(facility("1", certificates=("CN=bv north",)), certified=True).identify(FAR, shown)) == set()
    assert codes(admission(facility("1", certificates=("bv north",)), certified=True).identify(FAR, shown)) == set()


def test_a_dns_name_is_compared_without_case_and_a_star_is_no_pattern() -> None:
    assert subjects(signed(["BV"], "UPPER.example")) == {"CN=BV", "upper.example"}
    star = admission(facility("1", certificates=("*.example",)), certified=True)
    assert codes(star.identify(FAR, NORTH)) == set()
    assert codes(star.identify(FAR, certificate("*.example"))) == {"1"}


def test_a_subject_with_two_common_names_is_known_by_neither() -> None:
    assert subjects(signed(["BV North", "BV South"], "his.example")) == {"his.example"}


def test_a_fingerprint_goes_before_a_name() -> None:
    asked = admission(
        facility("name", certificates=("north.example",)), facility("print", certificates=(fingerprint(NORTH),))
    )
    assert codes(asked.identify(FAR, NORTH)) == {"print"}


def test_what_is_no_certificate_names_nobody() -> None:
    assert subjects(b"\x30\x03nothing") == frozenset()
    assert codes(admission(BOUND, certified=True).identify(FAR, b"\x30\x03nothing")) == set()


def test_a_certificate_that_no_entry_names_may_send_for_nobody() -> None:
    asked = admission(OPEN, BOUND, certified=True)
    link = asked.identify(LOCAL, STRANGE)
    assert link.codes == frozenset()
    assert [asked.admit(link, one, "HIS") for one in (OPEN, BOUND, NEWCOMER)] == [MISMATCH] * 3


def test_without_a_certificate_a_certified_listener_knows_nobody() -> None:
    asked = admission(OPEN, facility("near", at="10.0.0.0/8"), certified=True)
    assert asked.identify(NEAR).codes == frozenset()


def test_a_token_tells_its_facility_on_a_certified_listener_too() -> None:
    clinic = facility("clinic", tokens=(sha256(TOKEN.encode()).hexdigest(),))
    for certified in (False, True):
        assert codes(admission(clinic, certified=certified).identify(FAR, token=TOKEN)) == {"clinic"}


@pytest.mark.parametrize("token", ["", "wrong", sha256(TOKEN.encode()).hexdigest(), "\udcff"])
def test_a_token_that_no_entry_names_may_send_for_nobody(token: str) -> None:
    asked = admission(OPEN, facility("clinic", tokens=(sha256(TOKEN.encode()).hexdigest(),)))
    assert asked.identify(FAR, token=token).codes == frozenset()


def test_certificate_and_token_must_name_the_same() -> None:
    clinic = facility("clinic", tokens=(sha256(TOKEN.encode()).hexdigest(),))
    asked = admission(BOUND, clinic, certified=True)
    assert asked.identify(FAR, NORTH, TOKEN).codes == frozenset()
    both = replace(clinic, certificates=("north.example",))
    assert codes(admission(both, certified=True).identify(FAR, NORTH, TOKEN)) == {"clinic"}
    assert asked.identify(FAR, STRANGE, TOKEN).codes == frozenset()


def test_an_address_tells_who_names_nothing_else() -> None:
    asked = admission(facility("near", at="10.1.0.0/16 2001:db8::/32"), OPEN)
    assert asked.identify(NEAR) == asked.identify("::ffff:10.1.2.3") == Link("mllp", frozenset(["near"]))
    assert codes(asked.identify("2001:db8::7")) == {"near"}
    assert asked.identify(FAR) == Link("mllp", None)
    assert asked.identify("") == asked.identify("::a01:203") == Link("mllp", None)


def test_facilities_behind_one_address_may_each_be_claimed_over_it() -> None:
    one, two = facility("1", at="10.1.0.0/16"), facility("2", at="10.1.2.3/32 10.9.0.0/16")
    asked = admission(one, two)
    link = asked.identify(NEAR)
    assert codes(link) == {"1", "2"}
    assert [asked.admit(link, each, "HIS") for each in (one, two)] == [ADMITTED, ADMITTED]


def test_a_certificate_goes_before_an_address() -> None:
    asked = admission(BOUND, facility("near", at="10.0.0.0/8"), certified=True)
    assert codes(asked.identify(NEAR, NORTH)) == {"north"}


@pytest.mark.parametrize(("address", "may"), [(NEAR, {"north"}), (FAR, set())])
def test_where_certificate_and_addresses_are_named_both_must_fit(address: str, may: set[str]) -> None:
    asked = admission(facility("north", certificates=("north.example",), at="10.0.0.0/8"))
    assert codes(asked.identify(address, NORTH)) == may
    assert asked.identify(address).codes is None


def test_a_certificate_on_a_listener_that_is_not_the_facility_s_may_send_for_nobody() -> None:
    north = replace(BOUND, listeners=("city",))
    assert codes(admission(north, listener="city", certified=True).identify(FAR, NORTH)) == {"north"}
    assert admission(north, listener="mllp", certified=True).identify(FAR, NORTH).codes == frozenset()


# Whom that one may send for


def test_an_identified_link_sends_for_its_own_code_only() -> None:
    asked = admission(BOUND, OPEN, facility("south", certificates=("south.example",)), certified=True)
    link = asked.identify(FAR, NORTH)
    assert asked.admit(link, BOUND, "HIS") is ADMITTED
    assert asked.admit(link, OPEN, "HIS") is MISMATCH
    assert asked.admit(link, facility("south", certificates=("south.example",)), "HIS") is MISMATCH
    assert asked.admit(link, NEWCOMER, "HIS") is MISMATCH


def test_a_link_sends_for_those_whom_its_entry_sends_for() -> None:
    north = replace(BOUND, sends_for=("station",))
    station = facility("station", certificates=("station.example",))
    asked = admission(north, station, OPEN, certified=True)
    link = asked.identify(FAR, NORTH)
    assert [asked.admit(link, one, "HIS") for one in (north, station)] == [ADMITTED, ADMITTED]
    assert [asked.admit(link, one, "HIS") for one in (OPEN, NEWCOMER)] == [MISMATCH, MISMATCH]


def test_the_platform_sends_for_everybody_and_may_bring_an_unknown_one() -> None:
    platform = replace(BOUND, sends_for=("*",))
    station = facility("station", certificates=("station.example",))
    asked = admission(platform, station, OPEN, certified=True)
    link = asked.identify(FAR, NORTH)
    assert link == Link("mllp", frozenset(["north"]), every=True)
    assert [asked.admit(link, one, "HIS") for one in (platform, station, OPEN)] == [ADMITTED] * 3
    assert asked.admit(link, NEWCOMER, "HIS") is UNKNOWN


@pytest.mark.parametrize(
    "bound", [BOUND, facility("1", at="10.0.0.0/8"), facility("2", tokens=(sha256(TOKEN.encode()).hexdigest(),))]
)
def test_an_open_neighbour_cannot_claim_a_facility_that_says_how_it_is_known(bound: Facility) -> None:
    asked = admission(bound, OPEN)
    assert asked.admit(asked.identify(FAR), bound, "HIS") is MISMATCH


def test_a_facility_that_names_nothing_is_admitted_where_nobody_in_particular_was_found() -> None:
    asked = admission(BOUND, OPEN)
    assert asked.admit(asked.identify(FAR), OPEN, "HIS") is ADMITTED


def test_a_facility_that_names_nothing_is_not_admitted_over_another_s_link() -> None:
    asked = admission(OPEN, facility("near", at="10.0.0.0/8"))
    assert asked.admit(asked.identify(NEAR), OPEN, "HIS") is MISMATCH


def test_the_registry_does_not_know_an_unregistered_one() -> None:
    asked = admission(OPEN)
    assert asked.admit(asked.identify(FAR), NEWCOMER, "HIS") is UNKNOWN


def test_a_facility_is_taken_on_its_listeners_only_even_from_the_platform() -> None:
    platform, station = replace(BOUND, sends_for=("*",)), facility("station", listeners=("city",))
    for listener, verdict in (("city", ADMITTED), ("mllp", MISMATCH)):
        asked = admission(platform, station, listener=listener)
        assert asked.admit(asked.identify(FAR), station, "HIS") is verdict
        assert asked.admit(asked.identify(FAR, NORTH), station, "HIS") is verdict


@pytest.mark.parametrize(("application", "verdict"), [("HIS", ADMITTED), ("LIS", MISMATCH), ("", MISMATCH)])
def test_a_facility_is_taken_from_its_applications_only(application: str, verdict: Verdict) -> None:
    one = facility("1", applications=("HIS", "PACS"))
    asked = admission(one)
    assert asked.admit(asked.identify(FAR), one, application) is verdict


# How quickly


@given(st.lists(st.ip_addresses(v=4).map(str), min_size=1, max_size=20), st.data())
def test_ranges_are_found_as_a_walk_over_all_of_them_finds_them(addresses: list[str], drawn: st.DataObject) -> None:
    lengths = st.integers(0, 32)
    made = [
        facility(str(n), at=str(ip_network(f"{one}/{drawn.draw(lengths)}", strict=False)))
        for n, one in enumerate(addresses)
    ]
    asked = drawn.draw(st.sampled_from(addresses) | st.ip_addresses(v=4).map(str))
    walked = {one.code for one in made if ip_network(asked).subnet_of(one.addresses[0])}  # type: ignore[arg-type]  # all of version 4
    assert Addresses(made).find(asked) == walked


def test_a_city_of_facilities_is_not_walked_through_for_each_connection() -> None:
    city = [facility(str(n), at=f"10.{n >> 8}.{n & 255}.0/24 172.16.{n >> 8}.0/24") for n in range(11_293)]
    asked = admission(*city)
    begun = time.perf_counter()
    for n in range(1000):
        link = asked.identify(f"10.{n >> 8}.{n & 255}.7")
        assert asked.admit(link, city[n], "HIS") is ADMITTED
    assert time.perf_counter() - begun < 2  # a walk over all takes a minute
