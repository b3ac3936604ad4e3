"""What releases left behind, so that each later one is seen to go on from there: `python -m tests.upgrade` keeps it."""
