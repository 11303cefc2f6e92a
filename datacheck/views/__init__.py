"""Plain dictionaries in, text out: the terminal, the page and the notebook."""
