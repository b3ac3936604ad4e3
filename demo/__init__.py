"""The sample feed and the demo: a day in a city's hospitals, every person and place in it invented."""
