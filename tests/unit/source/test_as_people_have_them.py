"""A hundred small files as people have them: taken as they are meant and told, or refused rightly.

Each case is the raw text, the options of reading, and either the table with what is told of it or
words of the refusal.
"""

from __future__ import annotations

import datetime as dt
import gzip
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

import datacheck as dc
from datacheck.source import collect, open_source

if TYPE_CHECKING:
    from pathlib import Path

ROWS = "".join(f"{n}, w{n}\n" for n in range(12))
EURO = "x;y\n1.234,5;a\n2,5;b\n"

#: name: (text, options, columns with their values, codes that are told)
TAKEN: dict[str, tuple[str | bytes, dict[str, Any], dict[str, list[Any]], set[str]]] = {
    "pandas index": (",x\n0,1.5\n1,2\n", {}, {"index": [0, 1], "x": [1.5, 2.0]}, {"index"}),
    "R row names": ('"","x"\n"1",5\n"2",6\n', {}, {"index": [1, 2], "x": [5, 6]}, {"index"}),
    "index is taken": (
        ",index\n0,5\n",
        {},
        {"index_1": [0], "index": [5]},
        {"index"},
    ),
    "two levels of index": (
        ",,x\n0,a,1\n",
        {},
        {"index": [0], "index_1": ["a"], "x": [1]},
        {"index"},
    ),
    "an index of text": (
        ",x\nann,1\nbob,2\n",
        {},
        {"index": ["ann", "bob"], "x": [1, 2]},
        {"index"},
    ),
    "an index alone": (",x\n", {}, {"index": [], "x": []}, {"index"}),
    "hint of a comma": ("sep=,\na,b\n1,2\n", {}, {"a": [1], "b": [2]}, {"separator"}),
    "hint of a semicolon": ("sep=;\na;b\n1;2\n", {}, {"a": [1], "b": [2]}, {"separator"}),
    "hint, CRLF": ("sep=;\r\na;b\r\n1;2\r\n", {}, {"a": [1], "b": [2]}, {"separator"}),
    "hint in quotes": ('"sep=;"\na;b\n1;2\n', {}, {"a": [1], "b": [2]}, {"separator"}),
    "hint after a mark": (
        b"\xef\xbb\xbfsep=;\na;b\n1;2\n",
        {},
        {"a": [1], "b": [2]},
        {"separator"},
    ),
    "hint of a bar": ("SEP=|\na|b\n1|2\n", {}, {"a": [1], "b": [2]}, {"separator"}),
    "hint, filled up with separators": (
        "sep=;;;\na;b;c\n1;2;3\n",
        {},
        {"a": [1], "b": [2], "c": [3]},
        {"separator"},
    ),
    "hint after a space": ("sep= |\na|b\n1|2\n", {}, {"a": [1], "b": [2]}, {"separator"}),
    "a column called sep=x": ("sep=x,b\n1,2\n", {}, {"sep=x": [1], "b": [2]}, set()),
    "spaces in the header and rows": (
        "age, job, pay\n39, clerk, 1.5\n50, cook, 2\n",
        {},
        {"age": [39, 50], "job": ["clerk", "cook"], "pay": [1.5, 2.0]},
        {"spaces"},
    ),
    "spaces before quotes": (
        '"a", "b"\n1, "x, y"\n2, "z"\n',
        {},
        {"a": [1, 2], "b": ["x, y", "z"]},
        {"spaces"},
    ),
    "spaces in the header alone": ("a, b\n1,x\n", {}, {"a": [1], "b": ["x"]}, {"spaces"}),
    "spaces and an empty cell": (
        "a, b\n1, \n2, 3\n",
        {},
        {"a": [1, 2], "b": [None, 3]},
        {"spaces"},
    ),
    "spaces, padded": ("a,  b\n1,   2\n", {}, {"a": [1], "b": [2]}, {"spaces"}),
    "spaces, a missing mark": (
        "a, b\n1, ?\n2, 3\n",
        {"null_values": ["?"]},
        {"a": [1, 2], "b": [None, 3]},
        {"spaces"},
    ),
    "spaces in twelve rows": (
        "a,b\n" + ROWS,
        {},
        {"a": list(range(12)), "b": [f"w{n}" for n in range(12)]},
        {"spaces"},
    ),
    "spaces in two rows": (
        "a,b\n1, x\n2, y\n",
        {},
        {"a": [1, 2], "b": [" x", " y"]},
        {"spaces"},
    ),
    "spaces without a header": (
        "39, clerk\n50, cook\n",
        {"header": False},
        {"column_1": [39, 50], "column_2": ["clerk", "cook"]},
        {"spaces"},
    ),
    "spaces and semicolons": ("a; b\n1; 2\n", {"separator": ";"}, {"a": [1], "b": [2]}, {"spaces"}),
    "one odd space": ("a, b,c\n1,2,3\n", {}, {"a": [1], " b": [2], "c": [3]}, set()),
    "a space of one cell": ("a,b\n1, x\n2,y\n", {}, {"a": [1, 2], "b": [" x", "y"]}, set()),
    "a trailing separator": (
        "a,b,\n1,2,\n3,4,\n",
        {},
        {"a": [1, 3], "b": [2, 4]},
        {"trailing_separator"},
    ),
    "several trailing separators": (
        "a;b;;\n1;2;;\n;;;\n",
        {"separator": ";"},
        {"a": [1, None], "b": [2, None]},
        {"trailing_separator", "empty_rows"},
    ),
    "a trailing separator and an index": (
        ",a,\n0,2,\n",
        {},
        {"index": [0], "a": [2]},
        {"index", "trailing_separator"},
    ),
    "no header, one line": ("5.1,3.5\n", {}, {"5.1": [], "3.5": []}, {"header"}),
    "years alone": ("1990,1991\n", {}, {"1990": [], "1991": []}, set()),
    "no header, numbers": ("5.1,3.5\n4.9,3.0\n", {}, {"5.1": [4.9], "3.5": [3.0]}, {"header"}),
    "no header, mixed": (
        "ann,34\nbob,35\ncid,36\n",
        {},
        {"ann": ["bob", "cid"], "34": [35, 36]},
        {"header"},
    ),
    "no header, a category": (
        "red,up\nblue,down\nred,up\nred,down\n",
        {},
        {"red": ["blue", "red", "red"], "up": ["down", "up", "down"]},
        {"header"},
    ),
    "no header, rows that rise": (
        "1,2,a\n3,4,b\n5,6,c\n",
        {},
        {"1": [3, 5], "2": [4, 6], "a": ["b", "c"]},
        {"header"},
    ),
    "days as names": (
        "who,1,2,3\nA,7,5,9\nB,3,4,5\n",
        {},
        {"who": ["A", "B"], "1": [7, 3], "2": [5, 4], "3": [9, 5]},
        set(),
    ),
    "no header, said so": (
        "5.1,3.5\n4.9,3\n",
        {"header": False},
        {"column_1": [5.1, 4.9], "column_2": [3.5, 3.0]},
        set(),
    ),
    "years as names": (
        "land,1990,2000\nA,1,2\nB,3,4\n",
        {},
        {"land": ["A", "B"], "1990": [1, 3], "2000": [2, 4]},
        set(),
    ),
    "pandas numbers as names": ("0,1,2\n5,6,7\n", {}, {"0": [5], "1": [6], "2": [7]}, set()),
    "a row of units": (
        "t,h\ndegC,percent\n20,30\n21,31\n",
        {},
        {"t": ["degC", "20", "21"], "h": ["percent", "30", "31"]},
        {"second_header"},
    ),
    "a unit in brackets": (
        "who,h\n,[cm]\nann,2\nbob,4\n",
        {},
        {"who": [None, "ann", "bob"], "h": ["[cm]", "2", "4"]},
        {"second_header"},
    ),
    "a number in brackets is no unit": (
        "who,h\ncy,(12)\nann,2\nbob,4\n",
        {},
        {"who": ["cy", "ann", "bob"], "h": ["(12)", "2", "4"]},
        set(),
    ),
    "two rows above the names": (
        "Report,2020\nBy,me\nx,y\n1,2\n3,4\n",
        {},
        {"Report": ["By", "x", "1", "3"], "2020": ["me", "y", "2", "4"]},
        {"second_header"},
    ),
    "the name of an index": (
        "year,2020,2021\ncountry,,\nDE,1,2\nFR,3,4\n",
        {},
        {"year": ["country", "DE", "FR"], "2020": [None, 1, 3], "2021": [None, 2, 4]},
        {"second_header"},
    ),
    "a first row that lacks cells": (
        "who,x\nann,\nbob,2\n",
        {},
        {"who": ["ann", "bob"], "x": [None, 2]},
        set(),
    ),
    "a note below numbers": (
        "x,y\n1,2\n3,4\nSource: the office,\n",
        {},
        {"x": ["1", "3", "Source: the office"], "y": [2, 4, None]},
        {"footer"},
    ),
    "a note below names": (
        "who,x,y\nann,1,2\nbob,3,4\n* as of 2020,,\n",
        {},
        {"who": ["ann", "bob", "* as of 2020"], "x": [1, 3, None], "y": [2, 4, None]},
        {"footer"},
    ),
    "a total that sums nothing": (
        "x,y\n1,2\n3,4\nTotal,\n",
        {},
        {"x": ["1", "3", "Total"], "y": [2, 4, None]},
        {"footer"},
    ),
    "a last row that lacks cells": (
        "who,x,y\nann,1,2\nbob,3,4\ncid,,\n",
        {},
        {"who": ["ann", "bob", "cid"], "x": [1, 3, None], "y": [2, 4, None]},
        set(),
    ),
    "missing words are no units": (
        "a,b\nNA,NA\n1,2\n3,4\n",
        {"null_values": "NA"},
        {"a": [None, 1, 3], "b": [None, 2, 4]},
        set(),
    ),
    "a total": (
        "shop,n\nA,10\nB,20\nC,30\nTotal,60\n",
        {},
        {"shop": ["A", "B", "C", "Total"], "n": [10, 20, 30, 60]},
        {"total"},
    ),
    "what may be a total by chance": (
        "shop,n\nA,1\nB,2\nall,3\n",
        {},
        {"shop": ["A", "B", "all"], "n": [1, 2, 3]},
        set(),
    ),
    "a large total below few names": (
        "shop,n\nA,110\nB,25\nC,30\nTotal,165\n",
        {},
        {"shop": ["A", "B", "C", "Total"], "n": [110, 25, 30, 165]},
        {"total"},
    ),
    "a small total of exact numbers": (
        "shop,n\nA,1.05\nB,2.5\nC,4\nTotal,7.55\n",
        {},
        {"shop": ["A", "B", "C", "Total"], "n": [1.05, 2.5, 4.0, 7.55]},
        {"total"},
    ),
    "small totals of two columns": (
        "shop,n,m\nA,1,2\nB,2,4\nC,4,5\nTotal,7,11\n",
        {},
        {"shop": ["A", "B", "C", "Total"], "n": [1, 2, 4, 7], "m": [2, 4, 5, 11]},
        {"total"},
    ),
    "totals of two columns": (
        "shop,n,m\nA,1,7\nB,5,4\nC,4,5\nTotal,10,16\n",
        {},
        {"shop": ["A", "B", "C", "Total"], "n": [1, 5, 4, 10], "m": [7, 4, 5, 16]},
        {"total"},
    ),
    "a total with marks between thousands": (
        'shop,n\nA,"1,050"\nB,"12,000"\nC,300\nTotal,"13,350"\n',
        {},
        {"shop": ["A", "B", "C", "Total"], "n": ["1,050", "12,000", "300", "13,350"]},
        {"total"},
    ),
    "a total of money": (
        "shop,n\nA,$1.50\nB,$12.00\nC,$3.25\nTotal,$16.75\n",
        {},
        {"shop": ["A", "B", "C", "Total"], "n": ["$1.50", "$12.00", "$3.25", "$16.75"]},
        {"total"},
    ),
    "a total with decimal commas": (
        "shop;n\nA;1.000,5\nB;2,25\nC;-3\nTotal;999,75\n",
        {"separator": ";", "decimal": ",", "thousands": "."},
        {"shop": ["A", "B", "C", "Total"], "n": [1000.5, 2.25, -3.0, 999.75]},
        {"total"},
    ),
    "a total with decimal commas above zero": (
        "shop;n\nA;1.000,5\nB;2,25\nC;3\nTotal;1.005,75\n",
        {"separator": ";", "decimal": ",", "thousands": "."},
        {"shop": ["A", "B", "C", "Total"], "n": [1000.5, 2.25, 3.0, 1005.75]},
        {"total"},
    ),
    "rows of separators at the end": (
        "a,b\n1,x\n2,y\n,\n,\n",
        {},
        {"a": [1, 2, None, None], "b": ["x", "y", None, None]},
        {"empty_rows"},
    ),
    "a total above rows of separators": (
        "a,b\nu,1\nv,2\nw,97\nTotal,100\n,\r\n",
        {},
        {"a": ["u", "v", "w", "Total", None], "b": [1, 2, 97, 100, None]},
        {"empty_rows", "total"},
    ),
    "a column of empty cells at the end is no row of separators": (
        "a\n1\n2\n\n",
        {},
        {"a": [1, 2, None]},
        set(),
    ),
    "a unit of one column": (
        "id,name,v\n,,(kg)\n1,a,2\n2,b,3\n",
        {},
        {"id": [None, 1, 2], "name": [None, "a", "b"], "v": ["(kg)", "2", "3"]},
        {"second_header"},
    ),
    "two byte order marks": (
        b"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,2\n",
        {},
        {"a": [1], "b": [2]},
        set(),
    ),
    "a line of spaces above": ("   \n\na,b\n1,2\n", {}, {"a": [1], "b": [2]}, set()),
    "one column of marks": ("a^b\nx^y\nz\n", {}, {"a^b": ["x^y", "z"]}, set()),
    "a total below numbers": (
        "id,n\n1,10\n2,20\n3,30\nTotal,60\n",
        {},
        {"id": ["1", "2", "3", "Total"], "n": [10, 20, 30, 60]},
        {"total"},
    ),
    "a total below many names": (
        "shop,n\nA,10\nB,20\nC,30\nD,1\nE,2\nTotal,63\n",
        {},
        {"shop": ["A", "B", "C", "D", "E", "Total"], "n": [10, 20, 30, 1, 2, 63]},
        {"total"},
    ),
    "a largest last row that is no sum": (
        "shop,n\nA,10\nB,20\nC,30\nD,1\nE,2\nF,64\n",
        {},
        {"shop": ["A", "B", "C", "D", "E", "F"], "n": [10, 20, 30, 1, 2, 64]},
        set(),
    ),
    "a total without a word": (
        "id,n\n1,10\n2,20.5\n3,30\n,60.5\n",
        {},
        {"id": [1, 2, 3, None], "n": [10.0, 20.5, 30.0, 60.5]},
        {"total"},
    ),
    "a third row that happens to be the sum": (
        "id,n\na,1\nb,2\n,3\n",
        {},
        {"id": ["a", "b", None], "n": [1, 2, 3]},
        set(),
    ),
    "a last row that adds nothing up": (
        "id,n\n1,10\n2,20\n3,30\n,7\n",
        {},
        {"id": [1, 2, 3, None], "n": [10, 20, 30, 7]},
        set(),
    ),
    "European numbers": (
        EURO,
        {"separator": ";", "decimal": ",", "thousands": "."},
        {"x": [1234.5, 2.5], "y": ["a", "b"]},
        set(),
    ),
    "European whole numbers": (
        "x;y\n1.234;7\n12;8\n",
        {"separator": ";", "decimal": ",", "thousands": "."},
        {"x": [1234, 12], "y": [7, 8]},
        set(),
    ),
    "a point where the decimals take a comma": (
        "x;y\n1.5;a\n",
        {"separator": ";", "decimal": ","},
        {"x": ["1.5"], "y": ["a"]},
        set(),
    ),
    "thousands in quotes": (
        'x\n"1,234"\n"12,345.5"\n',
        {"thousands": ","},
        {"x": [1234.0, 12345.5]},
        set(),
    ),
    "thousands that are groups of two": ('x\n"1,23"\n', {"thousands": ","}, {"x": ["1,23"]}, set()),
    "thousands with no-break spaces": (
        "x,y\n1\u00a0234,a\n12\u202f345,b\n",
        {"thousands": " "},
        {"x": [1234, 12345], "y": ["a", "b"]},
        set(),
    ),
    "Swiss thousands": (
        "x\n1'234.5\n1\u2019000\n",
        {"thousands": "'"},
        {"x": [1234.5, 1000.0]},
        set(),
    ),
    "a typographic minus": (
        "x;y\n\u22121,5;a\n",
        {"separator": ";", "decimal": ","},
        {"x": [-1.5], "y": ["a"]},
        set(),
    ),
    "codes under another decimal": (
        "x;y\n007;a\n08,5;b\n",
        {"separator": ";", "decimal": ","},
        {"x": ["007", "08,5"], "y": ["a", "b"]},
        set(),
    ),
    "codes with an E": ("x\n1234\n93E7\n", {}, {"x": ["1234", "93E7"]}, set()),
    "versions": ("x\n3.8\n3.9\n3.10\n", {}, {"x": ["3.8", "3.9", "3.10"]}, set()),
    "sections": ("x\n1\n1.9\n\n1.10\n", {}, {"x": ["1", "1.9", None, "1.10"]}, set()),
    "decimals of one length": ("x\n3.80\n3.90\n3.10\n", {}, {"x": [3.8, 3.9, 3.1]}, set()),
    "decimals as they come": ("x\n3.9\n3.1\n3.11\n", {}, {"x": [3.9, 3.1, 3.11]}, set()),
    "decimals of any length": ("x\n3.9\n3.10\n3.05\n", {}, {"x": [3.9, 3.1, 3.05]}, set()),
    "numbers with an E": ("x\n1.5\n93E7\n", {}, {"x": [1.5, 93e7]}, set()),
    "a signed exponent": ("x\n1e+05\n2\n", {}, {"x": [1e5, 2.0]}, set()),
    "Latin-1": (
        "n,x\ncaf\xe9,1\n".encode("latin-1"),
        {"encoding": "latin-1"},
        {"n": ["caf\xe9"], "x": [1]},
        set(),
    ),
    "cp1252": (b"n,x\n\x80 5,1\n", {"encoding": "cp1252"}, {"n": ["\u20ac 5"], "x": [1]}, set()),
    "UTF-16": (
        "n,x\ncaf\xe9,1\n".encode("utf-16"),
        {"encoding": "utf-16"},
        {"n": ["caf\xe9"], "x": [1]},
        set(),
    ),
    "UTF-16 without a mark": (
        "n,x\na,1\n".encode("utf-16-le"),
        {"encoding": "utf-16-le"},
        {"n": ["a"], "x": [1]},
        set(),
    ),
    "UTF-8, said so": (
        "n,x\n\xe9,1\n".encode(),
        {"encoding": "utf8"},
        {"n": ["\xe9"], "x": [1]},
        set(),
    ),
    "semicolons": ("a;b\n1;2\n", {"separator": ";"}, {"a": [1], "b": [2]}, set()),
    "bars": ("a|b\n1|2\n", {"separator": "|"}, {"a": [1], "b": [2]}, set()),
    "tabs": ("a\tb\n1\t2\n", {"separator": "\t"}, {"a": [1], "b": [2]}, set()),
    "spaces as separators": ("a b\n1 2\n", {"separator": " "}, {"a": [1], "b": [2]}, set()),
    "titles passed over": (
        "Report, 2023\n\n# x\na,b\n1,2\n",
        {"skip_rows": 3},
        {"a": [1], "b": [2]},
        set(),
    ),
    "a title with a quote": ('5" pipes\na,b\n1,2\n', {"skip_rows": 1}, {"a": [1], "b": [2]}, set()),
    "titles and no header": (
        "Report\n1,2\n3,4\n",
        {"skip_rows": 1, "header": False},
        {"column_1": [1, 3], "column_2": [2, 4]},
        set(),
    ),
    "null values": (
        "a,b\nNA,-\n1,x\n",
        {"null_values": ["NA", "-"]},
        {"a": [None, 1], "b": [None, "x"]},
        set(),
    ),
    "null values in quotes": (
        'a,b\n"NA",1\n2,3\n',
        {"null_values": "NA"},
        {"a": [None, 2], "b": [1, 3]},
        set(),
    ),
    "chosen columns": ("a,b,c\n1,2,3\n", {"columns": ["c", "a"]}, {"a": [1], "c": [3]}, set()),
    "blank lines below": (",a\n0,1\n\n\r\n", {}, {"index": [0], "a": [1]}, {"index"}),
    "one column": ("x\n1\n\n3\n", {}, {"x": [1, None, 3]}, set()),
}

#: name: (text, options, words of the message in order)
REFUSED: dict[str, tuple[str | bytes, dict[str, Any], list[str]]] = {
    "a title": (
        "Sales 2023\na,b\n1,2\n3,4\n",
        {},
        ["title", "'Sales 2023' on line 1", "line 1", "--skip-rows 1"],
    ),
    "carets": ("a^b\n1^2\n3^4\n", {}, ["separate", "--separator '^'"]),
    "a control character": ("a\x01b\n1\x012\n3\x014\n", {}, ["--separator '\\x01'"]),
    "two bars": ("a||b\n1||2\n", {}, ["two marks", "'||'", "sed"]),
    "two semicolons": ("a;;b;;c\n1;;2;;3\n", {}, ["two marks", "';;'", "sed"]),
    "a NUL byte": ("a,b\n1,x\n2,\0\n", {}, ["NUL byte on line 3", "tr -d"]),
    "a piece of a page": ("<table><tr><td>1</td></tr></table>", {}, ["HTML page"]),
    "XML": ('<?xml version="1.0"?><rows/>', {}, ["XML"]),
    "a title and a blank line": (
        "Sales\n\na,b\n1,2\n",
        {},
        ["title", "--skip-rows 2", "lines 1 to 2"],
    ),
    "comments": ("# one\n# two\na,b\n1,2\n", {}, ["comment", "--skip-rows 2"]),
    "comments with commas": ("# one, two\na,b,c\n1,2,3\n", {}, ["comment", "--skip-rows 1"]),
    "a padded title": ("Sales,,\n,,\na,b,c\n1,2,3\n", {}, ["title", "--skip-rows 2"]),
    "a padded title of two": ("Sales,\na,b\n1,2\n", {}, ["title", "--skip-rows 1"]),
    "a name for no column": ("a,,c\n1,2,3\n", {}, ["without a name", "column 2", "--no-header"]),
    "cells without a name": ("a,b,\n1,2,\n3,4,5\n", {}, ["without a name", "column 3"]),
    "a late cell without a name": (
        "a,b,\n" + "1,2,\n" * 200 + "3,4,5\n",
        {},
        ["without a name", "column 3", "'5'"],
    ),
    "R's write.table": ("a,b\nx,1,2\ny,3,4\n", {}, ["ragged row", "R's write.table", "line 1"]),
    "rows end with a separator": (
        "a,b\n1,2,\n3,4,\n",
        {},
        ["ragged row", "ends with a separator", "line 2"],
    ),
    "one cell too many": (
        "a,b\n1,2\n3,4,5\n",
        {},
        ["ragged row", "3 cells on line 3", "lacks quotes"],
    ),
    "one cell too few": ("a,b\n1,2\n3\n", {}, ["ragged row", "1 cell on line 3"]),
    "a header repeated": ("a,b\n1,2\na,b\n3,4\n", {}, ["repeats its header", "line 3"]),
    "a header repeated last": ("a,b\r\n1,2\r\na,b\r\n", {}, ["repeats its header", "line 3"]),
    "a header repeated in quotes": (
        'a,b\n1,2\n"a","b"\n3,4\n',
        {},
        ["repeats its header", "line 3"],
    ),
    "a header repeated without quotes": (
        '"a","b"\n1,2\na,b\n3,4\n',
        {},
        ["repeats its header", "line 3"],
    ),
    "a header repeated in capitals": (
        "a,b\n1,2\nA,B\n3,4\n",
        {},
        ["repeats its header", "row 2", "'A', 'B'"],
    ),
    "a header repeated with spaces": (
        "name,b\n1,2\nName , B\n3,4\n",
        {},
        ["repeats its header", "row 2"],
    ),
    "three lines of names": (
        "v,a,a\ny,1,2\nk,,\nDE,3,4\nFR,5,6\n",
        {},
        ["two columns of one name", "lines 1 and 2 both name", "delete line 3"],
    ),
    "two lines of names": (
        "A,A,B\nx,y,x\n1,2,3\n4,5,6\n",
        {},
        ["two columns of one name", "lines 1 and 2 both name", "join"],
    ),
    "quoted by apostrophes": (
        "a,b\n'x, y',2\n",
        {},
        ["quoted by '", "3 cells on line 2", '"a, b"'],
    ),
    "quoted by typographic marks": ("a,b\n1,2\n\u201cx,y\u201d,2\n", {}, ["quoted by", "line 3"]),
    "decimal commas": (
        "x,y\n1,5,2,5\n3,5,-4,5\n",
        {},
        ["decimal commas", "4 cells on line 2", "--separator ';'", "--decimal ','"],
    ),
    "decimal commas in one column": ("x\n10,5\n2,5\n", {}, ["decimal commas", "--decimal ','"]),
    "padded with spaces": (
        "name    age\nann     34\nbob     35\n",
        {},
        ["padded with spaces", "sed -E"],
    ),
    "a note below": (
        "a,b,c\n1,2,3\n1,2,3\nSource: the office\n",
        {},
        ["ragged row", "1 cell on line 4", "a note or a total"],
    ),
    "a note below a blank line": (
        "a,b\n1,2\n\nSource: the office\n",
        {},
        ["blank line", "line 3", "a note or a total"],
    ),
    "a comment among rows": ("a,b\n1,2\n# c\n3,4\n", {}, ["1 cell on line 3", "is a comment"]),
    "a line of spaces": ("a,b\n1,2\n   \n3,4\n", {}, ["1 cell on line 3", "but spaces"]),
    "JSON": ('[{"a": 1}]', {}, ["JSON", "name it .json"]),
    "UTF-32": ("a,b\n1,2\n".encode("utf-32"), {}, ["UTF-32", "--encoding 'utf-32'"]),
    "Shift-JIS unsaid": ("a\n\u540d\n".encode("shift-jis"), {}, ["not UTF-8", "shift_jis"]),
    "R's write.table, unsaid": (
        '"x" "y"\n"1" 1 "a"\n"2" 2 "b"\n',
        {},
        ["otherwise", "--separator ' '"],
    ),
    "semicolons in quotes": (
        '"a";"b"\n"1";"2"\n',
        {},
        ["otherwise", "--separator ';'"],
    ),
    "a pointer": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n",
        {},
        ["Git LFS", "git lfs pull"],
    ),
    "semicolons unsaid": (EURO, {}, ["otherwise", "--separator ';'", "--decimal ','"]),
    "bars unsaid": ("a|b\n1|2\n", {}, ["otherwise", "--separator '|'"]),
    "no header, twice the same": ("0,0,5\n1,2,3\n", {}, ["two columns of one name", "--no-header"]),
    "Latin-1 unsaid": (b"a,b\n1,caf\xe9\n", {}, ["not UTF-8", "--encoding 'cp1252'"]),
    "UTF-16 unsaid": (
        "a,b\n1,2\n".encode("utf-16"),
        {},
        ["not what its name says", "UTF-16", "--encoding"],
    ),
    "UTF-8 called ASCII": (b"a\n\xff\n", {"encoding": "utf-16"}, ["not utf-16", "--encoding"]),
    "an unknown encoding": (
        "a\n1\n",
        {"encoding": "latin-99"},
        ["--encoding cannot be that", "cp1252"],
    ),
    "a sheet of a CSV": ("a\n1\n", {"sheet": "x"}, ["--sheet was given", "Excel"]),
    "a separator of two": ("a\n1\n", {"separator": "||"}, ["--separator cannot be that"]),
    "one mark for two": ("a\n1\n", {"thousands": "."}, ["--thousands cannot be that"]),
    "an unknown column": ("age,b\n1,2\n", {"columns": ["aged"]}, ["no column 'aged'", "'age'"]),
    "all passed over": ("a\n1\n", {"skip_rows": 5}, ["is empty", "after line 5"]),
    "rows below zero": ("a\n1\n", {"skip_rows": -1}, ["--skip-rows cannot be that"]),
}


def written(path: Path, raw: str | bytes) -> Path:
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return path


@pytest.mark.parametrize("name", TAKEN)
def test_taken_as_it_is_meant(tmp_path: Path, name: str) -> None:
    raw, options, expected, told = TAKEN[name]
    source = open_source(written(tmp_path / "x.csv", raw), **options)
    assert collect(source.frame).to_dict(as_series=False) == expected
    assert {note.code for note in source.notes} == {f"source.{code}" for code in told}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_own_reason(tmp_path: Path, name: str) -> None:
    raw, options, words = REFUSED[name]
    with pytest.raises(dc.SourceError) as caught:
        open_source(written(tmp_path / "x.csv", raw), **options)
    message, at = str(caught.value), 0
    for word in words:
        assert word in message[at:]
        at = message.index(word, at)


BOOKS: dict[
    str, tuple[dict[str, list[list[Any]]], dict[str, Any], dict[str, list[Any]], set[str]]
] = {
    "the second sheet": (
        {"Cover": [["Report"], ["for you"]], "Data": [["id", "x"], [1, 2.5]]},
        {},
        {"id": [1], "x": [2.5]},
        {"sheet"},
    ),
    "an empty sheet beside": ({"A": [["x"], [1]], "B": []}, {}, {"x": [1]}, {"sheet"}),
    "a sheet that is seen": (
        {"lists": [["y"], [1]], "hidden": [["x"], [1], [2]]},
        {},
        {"y": [1]},
        {"sheet"},
    ),
    "a sheet that is seen, and is no table": (
        {"Cover": [["Report"]], "hidden": [["x"], [1], [2]]},
        {},
        {"x": [1, 2]},
        {"sheet"},
    ),
    "a sheet by name": (
        {"A": [["x"], [1]], "B": [["y"], [2]]},
        {"sheet": "B"},
        {"y": [2]},
        set(),
    ),
    "a sheet by number": ({"A": [["x"], [1]], "B": [["y"], [2]]}, {"sheet": 1}, {"y": [2]}, set()),
    "an index": (
        {"A": [[None, "x"], [0, 5], [1, 6]]},
        {},
        {"index": [0, 1], "x": [5, 6]},
        {"index"},
    ),
    "rows above": (
        {"A": [["Report"], [None], ["a", "b"], [1, 2]]},
        {"skip_rows": 2},
        {"a": [1], "b": [2]},
        set(),
    ),
    "blank rows above": ({"A": [[], [], ["a", "b"], [1, "x"]]}, {}, {"a": [1], "b": ["x"]}, set()),
    "no header": (
        {"A": [[1.5, "x"], [2.5, "y"]]},
        {"header": False},
        {"column_1": [1.5, 2.5], "column_2": ["x", "y"]},
        set(),
    ),
    "no header, unsaid": (
        {"A": [[1.5, "x"], [2.5, "y"]]},
        {},
        {"1.5": [2.5], "x": ["y"]},
        {"header"},
    ),
    "null values": ({"A": [["a"], ["NA"], [2]]}, {"null_values": "NA"}, {"a": [None, 2]}, set()),
    "a total": (
        {"A": [["a", "b"], [1, 5], [2, 6], ["all", 11]]},
        {},
        {"a": ["1", "2", "all"], "b": [5, 6, 11]},
        {"total"},
    ),
}


@pytest.mark.parametrize("name", BOOKS)
def test_workbooks(tmp_path: Path, name: str) -> None:
    sheets, options, expected, told = BOOKS[name]
    source = open_source(book(tmp_path / "x.xlsx", sheets), **options)
    assert collect(source.frame).to_dict(as_series=False) == expected
    assert {note.code for note in source.notes} == {f"source.{code}" for code in told}


@pytest.mark.parametrize(
    ("sheets", "options", "words"),
    [
        ({"A": [["x"], [1]], "B": [["y"], [2]]}, {}, ["2 sheets", "'A', 'B'", "--sheet 'A'"]),
        ({"A": [["x"], [1]]}, {"sheet": "a"}, ["no sheet 'a'", "'A'"]),
        ({"A": [["Report"], ["a", "b"], [1, 2]]}, {}, ["title", "--skip-rows 1"]),
        ({"A": [["x"], [1]]}, {"separator": ";"}, ["--separator was given", "CSV"]),
    ],
)
def test_workbooks_that_are_refused(
    tmp_path: Path, sheets: dict[str, Any], options: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(dc.SourceError) as caught:
        open_source(book(tmp_path / "x.xlsx", sheets), **options)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["A", "A"], ["x", "y"], [1, 2]], ["rows 1 and 2 both name", "before to_excel"]),
        ([["i", "A", None], [None, "x", "y"], [1, 2, 3]], ["rows 1 and 2 both", "column C"]),
        ([[None, "A", None], ["c", "x", "y"], ["i"], [0, 1, 2]], ["rows 1 and 2 both name"]),
        ([[None, "v", None], ["y", 2020, 2021], ["c"], ["DE", 1, 2]], ["rows 1 and 2 both name"]),
        ([["x", None, "z"], [1, 2, 3]], ["no name in row 1 for column B", "name the columns"]),
        ([["x", "y", None, "note"], [1, 2], [3, 4, None, "!"]], ["C holds nothing", "a sheet of"]),
        ([["x", "y"], [1, 2], [3, 4, None, None, "!"]], ["columns C, D hold nothing"]),
        ([["x", "x"], [1, 2]], ["'x' more than once in row 1", "name the columns in row 1"]),
        ([[1.5, 1.5], [2, 3]], ["more than once", "--no-header"]),
        ([["a", "b"], [1, 2], ["a", "b"], [3, 4]], ["repeats its header", "row 3"]),
        ([["a", "b"], [1, 2], ["A", "B "], [3, 4]], ["repeats its header", "row 3"]),
    ],
)
def test_headings_of_sheets_that_are_refused(
    tmp_path: Path, rows: list[list[Any]], words: list[str]
) -> None:
    with pytest.raises(dc.SourceError) as caught:
        open_source(book(tmp_path / "x.xlsx", {"A": rows}))
    assert all(word in str(caught.value) for word in words), str(caught.value)


#: Cells of a sheet below `x` and `n`: what they are read as, and what is told.
CELLS: dict[str, tuple[list[list[Any]], list[Any], set[str]]] = {
    "units": ([["m", "kg"], [1, 2], [3, 4]], ["m", "1", "3"], {"second_header"}),
    "times of day": (
        [[dt.time(8, 30), 1], [None, 2], [dt.time(0, 0), 3]],
        [dt.time(8, 30), None, dt.time(0, 0)],
        set(),
    ),
    "times and dates": (
        [[dt.time(8, 30), 1], [dt.datetime(2020, 1, 1), 2]],  # noqa: DTZ001
        [dt.datetime(1899, 12, 31, 8, 30), dt.datetime(2020, 1, 1)],  # noqa: DTZ001
        set(),
    ),
    "numbers among dates": (
        [[dt.datetime(2020, 1, 1), 1], [43832, 2]],  # noqa: DTZ001
        ["2020-01-01 00:00:00", "43832"],
        {"serial_dates"},
    ),
    "numbers beyond dates": (
        [[dt.datetime(2020, 1, 1), 1], [9e9, 2]],  # noqa: DTZ001
        ["2020-01-01 00:00:00", "9000000000"],
        set(),
    ),
    "an empty row": ([[1, 2], [], [3, 4]], [1, None, 3], {"empty_rows"}),
    "a note below": (
        [[1, 2], [3, 4], [], ["Source: us"]],
        ["1", "3", None, "Source: us"],
        {"empty_rows", "footer"},
    ),
    "a missing cell": ([[1, 2], [None, 4], [5, None]], [1, None, 5], set()),
}


@pytest.mark.parametrize("name", CELLS)
def test_cells_of_sheets(tmp_path: Path, name: str) -> None:
    rows, expected, told = CELLS[name]
    source = open_source(book(tmp_path / "x.xlsx", {"A": [["x", "n"], *rows]}))
    assert collect(source.frame)["x"].to_list() == expected
    assert {note.code for note in source.notes} == {f"source.{code}" for code in told}


def test_merged_cells_among_the_rows_are_told(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as made:
        sheet = made.add_worksheet()
        sheet.merge_range("A1:B1", "The shops")
        for number, row in enumerate([["shop", "n"], ["", 1], ["", 2], ["B", 3]], 1):
            sheet.write_row(number, 0, row)
        sheet.merge_range("A3:A4", "A")
    source = open_source(tmp_path / "x.xlsx", skip_rows=1)
    assert collect(source.frame)["shop"].to_list() == ["A", None, "B"]
    assert [(note.code, note.evidence) for note in source.notes] == [
        ("source.merged", {"ranges": ["A3:A4"]})
    ]


@pytest.mark.parametrize("rows", [(2,), (2, 4), ()])
def test_hidden_rows_of_the_table_are_told(tmp_path: Path, rows: tuple[int, ...]) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as made:
        sheet = made.add_worksheet()
        for number, row in enumerate([["title"], ["shop", "n"], ["A", 1], ["B", 2], ["C", 3]]):
            sheet.write_row(number, 0, row)
        for row in (0, 9, *rows):  # a hidden title and a hidden row without cells are none
            sheet.set_row(row, None, None, {"hidden": True})
    source = open_source(tmp_path / "x.xlsx", skip_rows=1)
    assert collect(source.frame)["n"].to_list() == [1, 2, 3]
    told = [note.evidence["rows"] for note in source.notes if note.code == "source.hidden_rows"]
    assert told == ([[row + 1 for row in rows]] if rows else [])


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    with xlsxwriter.Workbook(path) as made:
        days = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            if name.startswith("hidden"):
                sheet.hide()
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    moment = isinstance(cell, dt.datetime | dt.time)
                    sheet.write(number, column, cell, days if moment else None)
    return path


def test_formulas_without_values_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    import zipfile

    path = book(tmp_path / "x.xlsx", {"A": [["a", "b"], [1, "=A2+1"], [2, "=A3+1"]]})
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"<v>0</v></c></row>", b"</c></row>")
    with zipfile.ZipFile(path, "w") as bare:
        for name, part in (parts | {"xl/worksheets/sheet1.xml": sheet}).items():
            bare.writestr(name, part)
    told = [finding for finding in dc.check(path).findings if finding.code == "source.formulas"]
    assert [(each.severity, each.count, each.evidence["cells"]) for each in told] == [
        ("error", 2, ["B2", "B3"])
    ]
    assert not caplog.records  # nor does the reader speak past the report


def test_json_records(tmp_path: Path) -> None:
    path = written(tmp_path / "x.json", '[{"a": 1, "b": "x"}, {"b": null, "a": 2.5}, {}]')
    frame = collect(dc.read(path))
    assert frame.to_dict(as_series=False) == {"a": [1.0, 2.5, None], "b": ["x", None, None]}


def test_what_read_gives_is_known_again(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", ",code\n0,007\n1,12\n")
    frame = dc.read(path, name="codes")
    report = dc.check(frame)
    assert report.to_dict()["source"]["name"] == "codes"
    assert "source.index" in {finding.code for finding in report.findings}
    assert open_source(frame).text
    assert not open_source(frame.filter(True)).text  # another table


def test_an_index_is_written_under_its_name(tmp_path: Path) -> None:
    from datacheck.source import write_tables

    write_tables([(dc.read(written(tmp_path / "x.csv", ",x\n0,5\n")), tmp_path / "y.csv")])
    assert (tmp_path / "y.csv").read_text() == "index,x\n0,5\n"


def test_a_folder_of_files_that_differ_in_their_dress(tmp_path: Path) -> None:
    written(tmp_path / "1.csv", ",x\n0,5\n")
    written(tmp_path / "2.csv", "x,\n6,1\n".replace("x,", "index,x").replace("6,1", "1,6"))
    source = open_source(tmp_path)
    assert collect(source.frame).rows() == [(0, 5), (1, 6)]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.tsv"])
@pytest.mark.parametrize("end", [b"\r", b""])
def test_lines_that_end_with_returns_alone_are_read(tmp_path: Path, name: str, end: bytes) -> None:
    mark = b"\t" if name.endswith("tsv") else b","
    lines = [b"a,b", b'1,"x\ry"', b'"2",z', *(b"%d,w" % i for i in range(3, 200_000))]
    data = b"\r".join(line.replace(b",", mark) for line in lines) + end
    path = tmp_path / name
    path.write_bytes(gzip.compress(data, 1) if name.endswith("gz") else data)
    table = dc.read(path).collect()
    assert table["a"].to_list() == list(range(1, 200_000))
    assert table["b"].to_list()[:3] == ["x\ry", "z", "w"]


def test_a_return_among_newlines_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for data in (b"a,b\n1,2\r3,4\n", b"a,b\r1,2\r\n3,4\n", b"a,b\r\n1,2\r\n3,4\r5,6\r\n"):
        path.write_bytes(data)
        with pytest.raises(dc.DatacheckError, match="carriage return"):
            dc.read(path)
    path.write_bytes(b"a,b\r")
    assert dc.read(path).collect().columns == ["a", "b"]
