"""The fitted transform as users hold it: the verbs over what `transform` fits and `export` writes.

Importing `transform` loads no dataframe library; each verb imports what it needs. A service that
loads a transform and applies one row stays as small as that.
"""
