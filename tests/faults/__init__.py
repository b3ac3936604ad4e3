"""The fault kit: a real engine, broker and database with every hop behind a proxy, struck at while messages flow.

`python -m tests.faults` runs it; an oracle that shares no code with the engine says whether anything was lost, counted
twice or changed.
"""
