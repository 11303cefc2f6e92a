"""The fitted transform as users hold it: its verbs over what `transform` and `export` do."""
