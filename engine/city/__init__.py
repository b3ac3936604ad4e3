"""A made-up city: facilities, people, visits and what their systems send, drawn from one seed, with the truth of it.

Everybody in it is invented, and so is every number. What it makes is for trying, testing and measuring: it is not
evidence of how often anything happens in life.
"""
