"""`engine simulate`: the messages of a made-up city, to files or over MLLP."""
