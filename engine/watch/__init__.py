"""What the whole engine looks like from outside: facilities, lag, alerts; as metrics and as a page."""
