"""Where alerts go that leave the engine: one file a kind, behind one interface."""
