"""Advice for faults of routes."""

from __future__ import annotations

from tools.advice.advice import Advice

ROUTES = (
    Advice(
        "R101",
        "A route without a proper name",
        "The name is a word in metrics and commands.",
        "Write lower-case words joined by hyphens.",
        "route: Critical Potassium",
        "route: critical-potassium",
    ),
    Advice(
        "R102",
        "A type asked for in a route",
        "The values of a resource have their types already.",
        "Compare the value.",
        "when: valueQuantity.value is decimal",
        "when: valueQuantity.value valued",
    ),
    Advice(
        "R103",
        "A topic that a route may not write to",
        "The engine's own topics hold what the warehouse is made from; copies in them would be loaded as events.",
        "Name a topic of your own.",
        "to: fhir.patient",
        "to: alerts.patient",
    ),
    Advice(
        "R104",
        "A test without an event",
        "A route is tested with a resource.",
        "Write a map that begins with resourceType.",
        "event: Observation",
        "event: { resourceType: Observation, status: final }",
    ),
    Advice(
        "R105",
        "Two routes of one name",
        "Nobody could tell them apart in what the engine says.",
        "Give one of them another name.",
        "- route: alert\n- route: alert",
        "- route: alert-potassium\n- route: alert-sodium",
    ),
    Advice(
        "R106",
        "A route that leads nowhere",
        "Events that match it would go to no topic.",
        "Name a topic, or take the route out.",
        "to: []",
        "to: alerts.critical",
    ),
    Advice(
        "R107",
        "An element that FHIR does not have",
        "Its value would always be absent, and the route would never be taken.",
        "Take the name that the hint offers.",
        "when: resourceType = Patient and gendr = female",
        "when: resourceType = Patient and gender = female",
    ),
    Advice(
        "R108",
        "A resource that no mapping makes",
        "No event of that type is ever published, so that the route waits for nothing.",
        "Correct the type, or write the mapping.",
        "when: resourceType = Procedure",
        "when: resourceType = Observation",
    ),
    Advice(
        "R109",
        "A test with an element that FHIR does not have",
        "No event looks so, and the test proves nothing.",
        "Take the name that the hint offers.",
        "event: { resourceType: Patient, gendr: female }",
        "event: { resourceType: Patient, gender: female }",
    ),
    Advice(
        "R110",
        "A test that expects a topic of no route",
        "The test could not pass, whatever the route does.",
        "Correct the name of the topic.",
        "expect: [alerts.critcal]",
        "expect: [alerts.critical]",
    ),
    Advice(
        "R111",
        "A way to match that there is not",
        "A file's routes all take what they match, or the first alone does.",
        "Write all or first.",
        "match: any",
        "match: first",
    ),
    Advice(
        "R112",
        "A key that could name a patient, or nothing",
        "Keys stand in clear on the bus and in tools. The patient's hash, the facility, the resource's id and codes "
        "may be part of one; names and numbers may not.",
        "Write subject, facility, resource, or a path to codes.",
        "key: [facility, subject.display]",
        "key: [facility, code.coding.code]",
    ),
    Advice(
        "R113",
        "One topic under two keys",
        "An event that two routes send to a topic stands there once, and so under one key.",
        "Give both routes the same key, or topics of their own.",
        "key: facility     # and none in the other route",
        "key: facility     # in both routes",
    ),
)
