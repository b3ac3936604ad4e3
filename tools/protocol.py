"""What a sender gets, row by row, and the tests that prove it: docs/reference/protocol.md is written from this."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One row: its number, the situation, what the engine does, and the names of tests that prove it."""

    number: str
    situation: str
    engine: str
    tests: tuple[str, ...]


ACKNOWLEDGMENTS = (
    Row(
        "A1",
        "MSH-15 and MSH-16 both empty: original mode",
        "answers once: AA, AE or AR",
        ("test_a1_original_mode_is_answered_aa", "test_a1_neither_of_msh_15_and_16_is_original_mode"),
    ),
    Row(
        "A2",
        "MSH-9, MSH-11 or MSH-12 cannot be taken",
        "AR, with the reason in ERR; a type that no mapping knows is AA, then a dead letter UNMATCHED; "
        "`answers` of a listener may say otherwise",
        (
            "test_a2_what_protocol_software_cannot_take_is_ar_with_the_reason",
            "test_a2_a_message_type_is_taken_whether_a_mapping_knows_it_or_not",
            "test_a2_which_code_answers_which_cause_is_a_setting",
        ),
    ),
    Row(
        "A3",
        "an error in the content",
        "AA, since the bytes are safe; then a dead letter with its position. With `ack: validated` AE, and an ERR for "
        "each fault",
        (
            "test_a3_an_error_in_the_content_is_accepted_for_its_bytes_are_safe",
            "test_a3_an_error_in_the_content_is_ae_with_each_error_as_the_version_has_it",
            "test_each_kind_of_bad_input_gets_its_answer_and_its_dead_letter_and_the_good_goes_on",
        ),
    ),
    Row(
        "A4",
        "the engine cannot work now",
        "holds the answer, then closes without one: senders try again after silence, and give up after AR; "
        "a listener may be told to say AR or CE with 207",
        (
            "test_without_the_word_of_the_bus_the_connection_is_closed_at_the_deadline_without_an_answer",
            "test_a4_a_listener_may_say_that_it_could_not_store",
            "test_a_file_that_may_not_grow_holds_answers_back_until_it_may",
        ),
    ),
    Row(
        "A5",
        "MSH-15 or MSH-16 valued: enhanced mode",
        "takes an empty one for NE",
        ("test_a5_either_field_valued_is_enhanced_mode_and_the_missing_one_is_ne",),
    ),
    Row(
        "A6",
        "enhanced mode",
        "CA once the bytes are durable; CR for MSH-9, MSH-11, MSH-12; CE for any other reason",
        (
            "test_a6_in_enhanced_mode_other_faults_are_ce",
            "test_no_answer_is_written_before_the_sync_of_its_record_returned",
        ),
    ),
    Row(
        "A7",
        "MSH-15 says when",
        "AL always, NE never, ER only CE and CR, SU only CA",
        ("test_a7_the_condition_says_which_accept_acknowledgment_is_sent",),
    ),
    Row(
        "A8",
        "bad, and its sender wants no answer",
        "no answer; a dead letter, and a metric of its own",
        ("test_a8_a_bad_message_whose_sender_is_not_told_is_refused_all_the_same",),
    ),
    Row(
        "A9",
        "MSH-16 asks for a second answer",
        "a later exchange of the engine's own, if the registry says where: AA, AE or AR with the reason in ERR; its "
        "MSH-16 is NE, its MSH-15 AL unless the settings say NE. [More](../how-to/send-application-acknowledgments.md)",
        (
            "test_a9_a_sender_gets_ca_at_once_and_then_hears_over_another_connection_what_became_of_its_message",
            "test_a9_no_answer_is_lost_when_the_engine_dies_while_the_receiver_is_away",
            "test_a9_an_acknowledgment_is_owed_none",
        ),
    ),
    Row(
        "A10",
        "the answer's MSH",
        "its own time and control id, addresses swapped, MSH-11 copied, MSH-15 and MSH-16 empty, "
        "the sender's delimiters",
        (
            "test_a10_the_answer_has_its_own_time_and_id_and_swapped_addresses",
            "test_a10_msh_11_is_copied_with_its_processing_mode",
            "test_a10_msh_15_and_16_of_the_answer_are_empty",
            "test_a10_the_answer_is_in_the_sender_s_delimiters",
        ),
    ),
    Row(
        "A11",
        "MSA-2",
        "MSH-10 byte for byte; without MSH-10 AR or CE with error 101, and a dead letter",
        (
            "test_a11_msa_2_echoes_msh_10_exactly",
            "test_a11_an_empty_msh_10_is_answered_with_an_empty_msa_2_and_101",
            "test_no_bytes_break_what_must_hold",
        ),
    ),
    Row(
        "A12",
        "ERR",
        "as the message's version has it: to 2.4, to 2.6, from 2.7; never a value of the message",
        (
            "test_a12_to_v2_4_errors_are_repetitions_of_err_1",
            "test_a12_from_v2_5_each_error_is_a_segment_of_err_2_to_4",
            "test_a12_from_v2_7_msa_3_and_msa_6_are_not_used",
            "test_a_value_of_the_message_in_err_is_caught",
        ),
    ),
    Row(
        "A13",
        "type and version of the answer",
        "`ACK` to 2.3.1, `ACK^event^ACK` from 2.4; the message's own version",
        ("test_a13_the_type_of_the_answer_follows_the_version",),
    ),
    Row(
        "A14",
        "the message is an acknowledgment",
        "is kept and never answered",
        ("test_a14_an_acknowledgment_is_kept_and_never_answered",),
    ),
    Row(
        "A15",
        "unknown segments and fields",
        "are kept and passed over",
        ("test_a15_segments_and_fields_beyond_the_standard_are_taken",),
    ),
)

_CELLS = ("test_each_cell_of_the_protocol",)

SEQUENCE = (
    Row("Q1", "MSH-13 is 0, nothing is expected", "AA, MSA-4 is -1", _CELLS),
    Row("Q2", "MSH-13 is 0, n is expected", "AA, MSA-4 is n", _CELLS),
    Row("Q3", "MSH-13 is -1", "AA, MSA-4 is -1, and nothing is expected from then on", _CELLS),
    Row("Q4", "MSH-13 is k, nothing is expected", "accepted, MSA-4 is k, k + 1 is expected", _CELLS),
    Row("Q5", "MSH-13 is k, which is expected", "accepted, MSA-4 is k, k + 1 is expected", _CELLS),
    Row(
        "Q6",
        "MSH-13 is another number than the one expected",
        "AR or CE, MSA-4 is the one expected; nothing is stored as a message",
        (*_CELLS, "test_out_of_sequence_is_ce_in_enhanced_mode"),
    ),
    Row("Q7", "MSH-13 is no whole number from -1 up", "AR or CE", _CELLS),
    Row(
        "Q8",
        "0 or -1 without other segments",
        "is answered, and is no clinical message",
        (
            "test_a_start_without_other_segments_is_answered_and_stores_nothing",
            "test_what_starts_or_resyncs_a_link_is_no_clinical_message",
        ),
    ),
    Row(
        "Q9",
        "the number accepted last",
        "is durable before the answer",
        ("test_the_number_accepted_last_is_remembered_by_the_next_listener",),
    ),
)

RESENDS = (
    Row(
        "R1",
        "the same message again: facility, MSH-3, MSH-4, MSH-10 and every byte",
        "the same answer, no second record, counted",
        ("test_a_resent_message_gets_the_same_bytes_and_no_second_record",),
    ),
    Row(
        "R2",
        "again, while the first is not durable yet",
        "the same answer, once it is",
        ("test_a_resend_of_what_is_not_durable_yet_waits_for_the_same_answer",),
    ),
    Row(
        "R3",
        "the same control id with other content",
        "both are kept and answered, and it is counted",
        ("test_another_message_under_the_same_control_id_is_stored_and_counted",),
    ),
    Row(
        "R4",
        "a refused message again",
        "the same refusal, never AE with 205, and no second dead letter",
        ("test_a_refused_message_sent_again_gets_the_same_refusal_and_no_second_dead_letter",),
    ),
    Row(
        "R5",
        "a resend after the window",
        "is stored again, and the loader tells it apart",
        ("test_beyond_the_window_a_resend_is_stored_again",),
    ),
    Row(
        "R6",
        "MLLP release 2",
        "`VT 06 FS CR` once the block is stored, `VT 15 FS CR` if it could not be; never on a link of release 1",
        (
            "test_release_2_confirms_the_block_once_it_is_stored_and_then_answers",
            "test_release_2_says_nak_for_what_could_not_be_stored",
            "test_release_2_gives_a_duplicate_the_same_confirmation_and_answer",
            "test_release_1_takes_a_confirmation_of_release_2_for_no_message",
        ),
    ),
    Row(
        "R7",
        "the engine as a sender: no answer in time",
        "closes the connection before it sends again; an answer to another message is never taken for its own",
        (
            "test_without_an_answer_the_connection_is_closed_before_the_message_is_sent_again",
            "test_a_late_answer_is_never_taken_for_that_of_the_next_message",
        ),
    ),
)

_STREAM = "test_each_row_in_every_version_and_under_odd_delimiters"

FRAMES = (
    Row(
        "F1",
        "a frame in pieces, several frames in one read",
        "the same frames, each answered, in order",
        ("test_f1_frame_split_at_every_byte_is_one_message", "test_f1_pipelined_frames_are_answered_in_their_order"),
    ),
    Row(
        "F2",
        "the connection ends inside a frame",
        "no message, no answer; counted",
        ("test_f2_a_frame_cut_off_is_neither_answered_nor_kept", _STREAM),
    ),
    Row(
        "F3",
        "bytes before VT",
        "are dropped and counted; over 64 KiB of them, or `MSH|` without VT, close the connection; "
        "`accept_missing_vt` takes it for a frame",
        (
            "test_f3_bytes_between_frames_are_dropped_and_counted",
            "test_f3_too_much_of_it_or_a_message_without_a_frame_ends_the_connection",
            "test_f3_a_lenient_listener_takes_a_message_without_vt",
        ),
    ),
    Row(
        "F4",
        "FS without CR",
        "is a part of the message, until the deadline; with `accept_missing_cr` VT, the end or a pause of 500 ms "
        "after it end the frame",
        (
            "test_f4_fs_without_cr_does_not_end_a_frame",
            "test_f4_a_lenient_listener_takes_fs_before_vt_for_the_end",
            "test_f4_a_lenient_listener_takes_fs_before_a_pause_for_the_end",
        ),
    ),
    Row(
        "F5",
        "VT inside a frame",
        "a dead letter, AE or CE: two messages may be glued together",
        ("test_f5_vt_inside_makes_the_whole_block_a_fault", "test_f5_a_start_byte_inside_is_ae_or_ce", _STREAM),
    ),
    Row(
        "F6",
        "FS alone inside a frame",
        "is a part of the message; counted",
        ("test_f6_a_lone_fs_is_counted", _STREAM),
    ),
    Row(
        "F7",
        "FS CR inside a message",
        "ends it there; what follows is junk or a message of its own, which the connection must be allowed to send",
        (
            "test_f7_a_smuggled_frame_is_a_message_of_its_own",
            "test_f7_each_message_of_a_connection_must_be_one_that_it_may_send",
        ),
    ),
    Row(
        "F8",
        "a line that begins no segment",
        "accepted, then a dead letter STRUCTURE",
        ("test_f8_lines_that_begin_no_segment_are_kept_and_told", _STREAM),
    ),
    Row(
        "F9",
        "UTF-16 or UTF-32",
        "a dead letter, AR",
        ("test_f9_utf_16_and_utf_32_are_told", "test_f9_wide_characters_are_refused_as_a_charset"),
    ),
    Row(
        "F10",
        "charset",
        "the registry's own, valid UTF-8, MSH-18, the registry's default; else a dead letter that names the likely one",
        (
            "test_f10_the_facility_s_override_wins_over_valid_utf_8",
            "test_f10_valid_utf_8_wins_over_msh_18",
            "test_f10_the_facility_s_default_follows_msh_18",
            "test_f10_bytes_that_nothing_explains_are_a_fault_with_a_diagnosis",
        ),
    ),
    Row(
        "F11",
        "line ends",
        "CR, LF and CR LF end a segment; the answer has CR",
        ("test_f11_every_line_end_ends_a_segment", "test_f11_the_answer_ends_its_segments_with_cr_whatever_came"),
    ),
    Row(
        "F12",
        "larger than `max_frame`",
        "AR or CE with error 104 if MSH was read; closed",
        (
            "test_f12_a_frame_too_large_is_refused_with_104_and_the_connection_closed",
            "test_f12_without_a_readable_msh_the_connection_is_closed_without_an_answer",
        ),
    ),
    Row(
        "F13",
        "larger than one read",
        "no limit but `max_frame`",
        ("test_f13_a_frame_may_be_larger_than_what_is_read_at_once",),
    ),
    Row(
        "F14",
        "a frame that does not end",
        "closed at `frame_deadline`; between frames there is none",
        (
            "test_f14_a_frame_that_does_not_end_in_time_costs_only_its_connection",
            "test_f14_dripping_bytes_do_not_put_the_deadline_off",
            "test_f14_between_frames_there_is_no_deadline",
        ),
    ),
    Row(
        "F15",
        "a peer that is gone",
        "found by keepalive and user timeout within two minutes",
        ("test_f15_the_kernel_finds_out_peers_that_are_gone",),
    ),
    Row(
        "F16",
        "a second connection of a peer",
        "taken; the first is left alone",
        ("test_f16_a_sender_that_comes_back_is_served_beside_its_old_connection",),
    ),
    Row(
        "F17",
        "TLS",
        "1.2 or later with forward secrecy, the sender's certificate, a deadline for the handshake; plain bytes on a "
        "TLS port close the connection",
        (
            "test_f17_a_sender_that_shows_its_certificate_gets_its_answers",
            "test_f17_what_is_older_than_tls_1_2_is_refused",
            "test_f17_each_reason_to_refuse_a_handshake_is_counted_by_its_name",
            "test_f17_plain_bytes_on_a_tls_port_close_the_connection",
        ),
    ),
    Row(
        "F18",
        "a frame without a readable MSH",
        "a dead letter, AR with an MSH of the engine's; closed after five in a row",
        (
            "test_f18_what_has_no_msh_is_answered_ar_without_a_name",
            "test_f18_five_unreadable_frames_in_a_row_end_the_connection",
        ),
    ),
    Row(
        "F19",
        "an MSH that is too short, or uses a delimiter twice",
        "as F18",
        ("test_f19_an_msh_without_usable_delimiters_is_no_message", "test_f19_an_msh_that_cannot_be_split_is_told"),
    ),
    Row(
        "F20",
        "a batch (FHS, BHS) in one frame",
        "one dead letter BATCH, AR",
        ("test_f20_without_word_from_the_settings_a_batch_is_one_dead_letter",),
    ),
    Row(
        "F20a",
        "the same, where `batches` is `split`",
        "each message is answered, in order, in one batch",
        (
            "test_f20a_each_message_is_answered_in_order_in_one_batch",
            "test_f20a_a_batch_that_cannot_be_split_without_loss_is_one_dead_letter",
            "test_f20a_whatever_its_header_echoes_the_answer_is_one_frame",
        ),
    ),
)

ROWS = (*ACKNOWLEDGMENTS, *SEQUENCE, *RESENDS, *FRAMES)

PENDING: frozenset[str] = frozenset()
"""Rows that are not built yet: the page says so, and they need no test."""
