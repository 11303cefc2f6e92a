"""The HTML view: one page that stands alone, says everything and runs nothing."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.report import Finding, Report
from datacheck.views.html import OVERVIEW_FROM, report_fragment, report_page

VOID = {"meta", "br", "hr", "input"}


class Reader(HTMLParser):
    """Collects the tags, the attributes and the text, and insists that tags are closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def read(markup):
    reader = Reader()
    reader.feed(markup)
    reader.close()
    assert reader.open == []
    return reader


def finding(**changes):
    given = {
        "code": "scale.unit_mix",
        "severity": "warning",
        "column": "flipper",
        "count": 31,
        "rows": (4, 17),
        "values": (0.181, 0.186),
        "evidence": {"factor": 0.001},
        "message": "Two units in one column.",
        "remedy": "Multiply by 1000.",
    }
    return Finding(**(given | changes))


def report(*findings, name="x.csv", rows=344):
    return Report(findings, name=name, rows=rows, columns=8).to_dict()


@pytest.mark.parametrize("view", [report_page, report_fragment])
def test_the_page_says_what_the_report_says(view):
    text = " ".join(read(view(report(finding()))).text)
    for part in (
        "x.csv",
        "344 rows, 8 columns",
        "1 warning",
        "flipper",
        "scale.unit_mix",
        "31 (9.0%)",
        "0.181",
        "and 29 more",
        "Multiply by 1000.",
        "factor",
        "0.001",
    ):
        assert part in text


def test_nothing_found():
    assert "Nothing found" in read(report_page(report())).text


def test_an_overview_links_to_each_of_many_findings():
    reader = read(report_page(report(*[finding(code=f"scale.k{i}") for i in range(OVERVIEW_FROM)])))
    links = [v for name, v in reader.attributes if name == "href" and v.startswith("#")]
    anchors = [value for name, value in reader.attributes if name == "id"]
    assert links == [f"#{anchor}" for anchor in anchors]
    assert len(links) == OVERVIEW_FROM


def test_nothing_is_fetched_and_nothing_runs():
    reader = read(report_page(report(finding(evidence={"a": [1, None]}))))
    assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
    names = {name for name, _ in reader.attributes}
    assert not {name for name in names if name.startswith("on") or name == "src"}
    page = report_page(report(finding()))
    assert "http://" not in page
    assert page.count("https://") == page.count('<a href="https://') == 1
    assert "@import" not in page
    assert "default-src 'none'" in page


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\x1b[31m\n\udcff"


def test_markup_in_every_place_stays_text():
    hostile = finding(
        column=HOSTILE,
        code=HOSTILE,
        values=(HOSTILE, HOSTILE),
        message=HOSTILE,
        remedy=HOSTILE,
        evidence={HOSTILE: HOSTILE},
    )
    many = [hostile] * OVERVIEW_FROM
    page = report_page(report(*many, name=HOSTILE))
    page.encode("utf-8")
    reader = read(page)
    assert not {"script", "img"} & set(reader.tags)
    assert "\x1b" not in page
    assert r"\x1b[31m\n\udcff" in "".join(reader.text)


@settings(max_examples=50)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_leaves_the_tags_as_they_were(column, message, value):
    expected = read(report_page(report(finding()))).tags
    found = finding(column=column, message=message, values=(value, value))
    assert read(report_page(report(found))).tags == expected


def test_a_report_saves_the_page_and_shows_the_fragment(tmp_path):
    made = Report([finding()], name="x.csv", rows=344, columns=8)
    made.save_html(tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == report_page(made.to_dict())
    assert made._repr_html_() == report_fragment(made.to_dict())
    assert str(made).startswith("x.csv  344 rows, 8 columns")


@pytest.mark.parametrize("code", ["javascript:alert(1)", "a.b/../c", "A.b", "", "a.b c", "a..b"])
def test_what_is_no_code_is_no_link(code):
    attributes = read(report_page(report(finding(code=code)))).attributes
    assert [name for name, _ in attributes if name == "href"] == []


def test_a_code_links_to_its_page_and_backticks_are_code():
    page = report_page(report(finding(remedy="Run `datacheck split`.")))
    assert '<a href="https://datacheck-ml.github.io/datacheck/codes/scale/#scaleunit_mix"' in page
    assert "Run <code>datacheck split</code>." in page
