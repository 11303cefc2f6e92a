"""One atomic writer for every output: what stood there and whole, or what is new and whole.

An output is written beside its place and renamed when it is complete. Several outputs appear
together: signals wait while they are renamed, a failing rename undoes those before it, and a run
that is killed between two of them leaves a journal, by which the next run to one of the names (or
the next that reads it) completes the work or undoes it.
"""

from datacheck.files.companions import companions
from datacheck.files.journal import recovered
from datacheck.files.places import FULL, as_path, expanded, must_not_be_read, unwritable
from datacheck.files.writing import (
    MANIFEST,
    must_be_writable,
    was_changed,
    whole_file,
    whole_files,
    whole_folder,
    whole_folders,
    write_files,
    write_text,
)

__all__ = [
    "FULL",
    "MANIFEST",
    "as_path",
    "companions",
    "expanded",
    "must_be_writable",
    "must_not_be_read",
    "recovered",
    "unwritable",
    "was_changed",
    "whole_file",
    "whole_files",
    "whole_folder",
    "whole_folders",
    "write_files",
    "write_text",
]
