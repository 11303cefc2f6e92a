"""Side by side with peers: `make bench`. README.md says how a row is measured, and by whom."""
