"""The controls of security and the tests that prove them; docs/reference/security.md is written from it."""

from __future__ import annotations

from tools.protocol import Row

CONTROLS = (
    Row(
        "S1",
        "code from text",
        "no eval, exec, pickle, YAML loader or shell; one module compiles syntax trees of its own making; over HTTP "
        "the sender is known before the body is read; the status page escapes every text and lets no script run",
        (
            "test_no_source_turns_text_into_code",
            "test_code_from_text_is_found",
            "test_the_body_of_a_request_without_a_token_is_not_read",
            "test_no_text_of_a_registry_or_a_rule_is_markup",
            "test_the_page_lets_nothing_run_and_is_framed_by_nobody",
        ),
    ),
    Row(
        "S2",
        "XML, its entities and DTDs",
        "there is no XML parser; XML in a frame is refused as no HL7",
        ("test_s2_no_xml_is_parsed_and_none_of_its_entities_is_fetched",),
    ),
    Row(
        "S3",
        "SQL in values, and in names that mappings have",
        "values are bound or copied, never written into SQL; names of tables and columns are the loader's own; names "
        "in mappings and routes are words",
        (
            "test_s3_no_text_in_any_field_of_a_message_is_sql",
            "test_s3_no_text_in_any_column_is_sql",
            "test_s3_names_of_tables_and_columns_are_words_of_the_loader_alone",
            "test_s3_no_name_of_a_mapping_or_a_route_is_sql",
        ),
    ),
    Row(
        "S4",
        "text of a message as a name of anything",
        "topics, files and tables follow from configuration alone",
        (
            "test_s4_no_text_of_a_header_makes_a_topic_or_a_file",
            "test_s4_no_text_of_a_header_makes_a_topic_of_events_or_a_table",
            "test_no_text_of_a_message_changes_where_it_goes",
        ),
    ),
    Row(
        "S5",
        "a machine in the middle, and one hospital in another's name",
        "certificates on both sides; a certificate binds its sender to its facility",
        (
            "test_s5_a_certificate_binds_its_sender_to_its_facility",
            "test_s5_a_byte_flipped_on_the_way_ends_the_connection_and_makes_no_message",
        ),
    ),
    Row(
        "S6",
        "ports that anybody reaches",
        "by default every socket is on loopback; beyond it TLS is needed, or a reason; the status page is shown to "
        "this machine, to who has a token, and to who shows a certificate",
        (
            "test_s6_an_engine_by_default_listens_on_loopback_only",
            "test_plain_tcp_off_loopback_needs_a_reason",
            "test_a_name_that_a_resolver_leads_to_this_machine_does_not",
            "test_beyond_this_machine_nobody_does_without_a_token_or_a_certificate",
            "test_tokens_go_beyond_this_machine_under_tls_alone",
        ),
    ),
    Row(
        "S7",
        "code in mappings and routes",
        "no templates and no expressions but the language's own; text of a mapping enters compiled code as a constant",
        (
            "test_s7_no_attack_is_read_as_a_path_a_source_or_a_condition",
            "test_s7_whatever_words_are_put_together_only_faults_come_of_it",
            "test_s7_what_a_mapping_may_hold_as_text_stays_text",
            "test_whatever_a_mapping_file_holds_only_declared_faults_come_of_it_and_of_messages_through_it",
        ),
    ),
    Row(
        "S8",
        "files that grow when they are read",
        "anchors, aliases and tags are refused; bounds on bytes, lines, values and depth",
        (
            "test_s8_yaml_that_would_grow_is_refused_within_50_ms",
            "test_s8_yaml_that_would_grow_takes_less_than_20_mib",
            "test_s8_a_mapping_as_large_and_wrong_as_may_be_is_refused_in_time",
            "test_s8_a_sheet_just_under_the_bound_is_read_in_time_and_one_above_it_refused",
        ),
    ),
    Row(
        "S9",
        "patterns that never end",
        "nobody writes patterns: neither settings nor mappings nor routes have any; the engine's own end soon",
        (
            "test_s9_long_text_that_almost_fits_ends_within_a_second",
            "test_s9_no_pattern_is_made_from_what_people_write",
        ),
    ),
    Row(
        "S11",
        "line ends and terminal codes in logs and in what commands print",
        "an event is one line of JSON, control characters are escaped, values are cut; commands spell out what steers "
        "a terminal or cannot be seen",
        (
            "test_s11_no_field_of_a_message_steers_the_terminal_of_who_looks_at_it",
            "test_s11_no_name_of_a_mapping_steers_the_terminal_of_who_checks_it",
            "test_s11_no_name_adds_a_line_to_the_log",
            "test_s11_no_field_of_a_message_adds_a_line_to_the_log",
            "test_any_text_is_one_line_without_control_characters",
        ),
    ),
    Row(
        "S12",
        "patients in logs, metrics, answers and errors",
        "positions, codes and keyed hashes only",
        (
            "test_s12_no_canary_is_seen_outside_of_the_messages",
            "test_nor_when_storage_fails",
            "test_nor_when_the_listener_itself_is_at_fault",
            "test_no_fault_tells_what_the_message_holds",
        ),
    ),
    Row(
        "S13",
        "connections to where a message or a redirect says",
        "addresses are a host and a port of settings and the registry; seven files connect at all, and follow no "
        "redirect; a webhook's name is asked once, its address must be public or listed, and it is the one used; "
        "nothing of a patient leaves but a keyed reference, unless a sink is clinical and encrypted",
        (
            "test_s13_only_known_files_connect_to_anything",
            "test_s13_an_address_is_a_host_and_a_port_and_nothing_else",
            "test_s13_no_client_follows_redirects",
            "test_s13_who_asks_the_engine_of_its_health_is_led_nowhere_else",
            "test_a_redirect_is_not_followed",
            "test_a_private_address_is_refused_unless_it_is_listed",
            "test_what_is_private_in_any_form_is_refused",
            "test_a_name_is_asked_once_and_what_it_says_later_leads_nowhere",
            "test_nothing_of_a_patient_leaves_but_a_keyed_reference",
        ),
    ),
    Row(
        "S14",
        "files that lead elsewhere",
        "a watched folder is read by its handle, no link is followed, only regular files are opened, names are ours",
        (
            "test_what_is_no_regular_file_is_never_opened",
            "test_a_link_in_place_of_the_listeners_own_is_refused",
            "test_odd_names_are_taken_and_never_logged",
            "test_nothing_is_overwritten",
        ),
    ),
    Row(
        "S15",
        "floods",
        "limits on connections, on those of one peer, on bytes in flight, on the size and time of a frame",
        (
            "test_connections_beyond_the_limit_are_closed_and_counted",
            "test_one_address_has_a_limit_of_its_own",
            "test_endless_frames_are_cut_off_and_leave_no_bytes_behind",
            "test_a_flood_over_one_connection_holds_nobody_up",
            "test_a_listener_that_is_fed_wrong_bytes_serves_everybody_else",
        ),
    ),
    Row(
        "S16",
        "what nobody can tell afterwards",
        "security events are FHIR AuditEvents on a topic of their own, chained by hashes, kept while the bus is away",
        (
            "test_each_event_is_one_valid_record_of_one_chain",
            "test_what_the_bus_refuses_is_stored_later_in_order",
            "test_no_changed_byte_of_a_body_goes_unseen",
            "test_an_edited_record_is_named",
        ),
    ),
    Row(
        "S17",
        "secrets in text, and packages that are not what they were",
        "secrets come from files and the environment and are not shown; none is in the repository; every package is "
        "pinned to a version and hashes, and the bill of materials names it",
        (
            "test_s17_no_secret_of_the_settings_is_shown_in_any_form",
            "test_s17_no_file_in_git_holds_a_secret",
            "test_secrets_never_show_in_the_text_of_settings",
            "test_s17_every_package_is_pinned_to_a_version_and_the_hashes_of_its_files",
            "test_s17_the_bill_of_materials_names_every_pinned_package_its_version_and_its_hashes",
            "test_s17_the_installers_take_only_what_has_the_pinned_hash",
        ),
    ),
    Row(
        "S18",
        "certificates that run out or are revoked",
        "new files are used while sessions stand; a revoked certificate is refused at its next connection",
        (
            "test_s18_new_certificates_authorities_and_lists_are_used_while_sessions_stand",
            "test_s18_a_certificate_revoked_later_is_refused_at_its_next_connection",
        ),
    ),
    Row(
        "S19",
        "disks that are carried away",
        "with `bus.seal_keys` every record is AES-GCM at rest, in topics and in the spool; taking a key out shreds",
        (
            "test_no_file_below_home_holds_a_value_in_clear",
            "test_a_missing_key_holds_its_partition_and_no_other",
            "test_a_shredded_key_takes_its_records_with_it_and_they_are_counted",
            "test_s19_no_topic_and_no_dead_letter_lies_in_clear",
            "test_s19_another_key_shows_nothing_and_says_what_to_do",
            "test_s19_a_destroyed_key_takes_its_messages_and_dead_letters_with_it_and_others_are_served",
        ),
    ),
)
