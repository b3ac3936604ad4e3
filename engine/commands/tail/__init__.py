"""`engine tail`: what comes over a topic, without what it says of anybody."""
