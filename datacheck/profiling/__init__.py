"""A table known without its rows: exact statistics that merge."""
