"""Advice for faults of conformance profiles."""

from __future__ import annotations

from tools.advice.advice import Advice

PROFILES = (
    Advice(
        "P101",
        "Messages that HL7 does not have",
        "Rules for a structure that no message has check nothing.",
        "Write a structure of HL7 v2, as MSH-9.3 names it, or a type and an event.",
        "messages: { ADT_A77: { segments: { PID: required } } }",
        "messages: { ADT_A01: { segments: { PID: required } } }",
    ),
    Advice(
        "P102",
        "A segment that HL7 does not have",
        "A required segment that no sender can send would refuse every message.",
        "Write a segment of HL7 v2, or one that begins with Z.",
        "segments: { PX1: required }",
        "segments: { PD1: required }",
    ),
    Advice(
        "P103",
        "A key that is no path",
        "The engine cannot tell which field is meant.",
        "Write segment, hyphen and number.",
        "PID5: required",
        "PID-5: required",
    ),
    Advice(
        "P104",
        "A path that is no field",
        "A profile speaks of fields and their parts, whichever repetition they stand in.",
        "Leave the repetition out, and name a field.",
        "PID-3[2]: required",
        "PID-3: required",
    ),
    Advice(
        "P105",
        "A field that its segment does not have",
        "No version of the standard has that field, so no message would pass.",
        "Look the number up; the hint says how many fields there are.",
        "PID-99: required",
        "PID-9: required",
    ),
    Advice(
        "P106",
        "A part that its field does not have",
        "No version of the field's datatype has that component or subcomponent, so nobody would send it.",
        "Look the datatype up, and name one of its parts.",
        "PID-3.99: required",
        "PID-3.1: required",
    ),
    Advice(
        "P107",
        "A table without codes",
        "HL7 has no such table, or leaves its codes to each site, so that every code would be wrong.",
        "Write the four digits of one of HL7's tables, the codes themselves, or `any`.",
        'PID-8: { table: "1" }',
        'PID-8: { table: "0001" }',
    ),
    Advice(
        "P108",
        "A type or an event that HL7 does not have",
        "Rules for a message that no sender can send check nothing.",
        "Write a type of table 0076 and an event of table 0003, or ones that begin with Z.",
        "messages: { ADT^Q99: { fields: { PID-3: required } } }",
        "messages: { ADT^A09: { fields: { PID-3: required } } }",
    ),
)
