"""`engine faults`: kill and stop an engine in a sandbox while messages flow, and count what is left."""
