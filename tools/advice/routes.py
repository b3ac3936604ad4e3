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
)
