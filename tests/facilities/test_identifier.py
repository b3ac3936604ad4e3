from __future__ import annotations

from itertools import product

from engine.facilities.identifier import choose_identifier, is_best


def test_the_record_number_goes_before_the_national_number() -> None:
    assert choose_identifier([["079092", "", "", "BCA", "NI"], ["BN1", "", "", "79991", "PI"]]) == "BN1"


def test_types_are_taken_in_the_facility_s_order() -> None:
    repetitions = [["BN1", "", "", "79991", "PI"], ["079092", "", "", "BCA", "NI"]]
    assert choose_identifier(repetitions, types=("NI", "PI")) == "079092"


def test_the_own_authority_goes_before_another_s() -> None:
    repetitions = [["X9", "", "", "OTHER", "PI"], ["BN1", "", "", "79991&Bệnh viện&L", "PI"]]
    assert choose_identifier(repetitions, authorities=("79991",)) == "BN1"


def test_without_a_type_the_first_number_counts() -> None:
    assert choose_identifier([["", "", "", "", "PI"], ["BN7"], ["BN8"]]) == "BN7"


def test_an_erased_number_names_nobody() -> None:
    assert choose_identifier([['""'], []]) == ""


def test_what_is_best_is_chosen_whatever_stands_behind_it() -> None:
    sent = [[number, "", "", "79991", kind] for number, kind in product(("", '""', "7"), ("", "MR", "PI", "NI"))]
    for first, other, types, authorities in product(sent, sent, ((), ("PI", "MR")), ((), ("79991",), ("1",))):
        if is_best(first, types, authorities):
            assert choose_identifier([first, other], types, authorities) == first[0] == "7"
    assert is_best(["7", "", "", "", "PI"], ("PI", "MR"), ())
    assert not is_best(["7"], ("PI", "MR"), ())
