"""Sizes worked out from models and what the wait could have trained, in report, summary and tables."""

import csv

import pytest

from armslength import plan
from armslength.render.report import report_html
from armslength.render.tables import write_tables
from armslength.render.text import summary_lines
from demand.swapped_lot import waiting_case


@pytest.fixture(scope="module")
def waited():
    return plan(waiting_case(), runs=("alone", "as_agreed"))


def section(page, name):
    start = page.index(f'<section id="{name}"')
    return page[start : page.index("</section>", start)]


def test_the_report_shows_sizes_with_bands_and_sources(waited):
    text = section(report_html(waited), "sizes")
    size = waited.sizings[0].size
    for end in (size.quantity_low, size.central_quantity, size.quantity_high):
        assert f"{end:,.2f} GPU-hours" in text
    assert "Steady MFU" in text
    assert "Goodput" in text
    assert "Llama 2 paper (arXiv 2307.09288)" in text
    # 4,368,000 hours of waiting, all used once swapped; the runs done are told for each plan.
    assert "Runs done, as agreed" in text


def test_the_report_shows_what_the_wait_could_have_trained(waited):
    text = section(report_html(waited), "waiting")
    assert "4,368,000 GPU-hours" in text
    assert "at least 6.0 months" in text
    assert "Llama 3.1 405B" in text


def test_the_contents_lead_there(waited):
    page = report_html(waited)
    assert '<a href="#sizes">' in page
    assert '<a href="#waiting">' in page


def test_the_summary_has_a_line_for_each(waited, golden):
    lines = [line for line in summary_lines(waited) if line.startswith(("Size of", "Standing alone"))]
    golden("demand/summary.txt", "\n".join(lines) + "\n")


def test_the_tables_hold_every_figure(waited, tmp_path):
    write_tables(waited, tmp_path)
    with (tmp_path / "sizes.csv").open(encoding="utf-8", newline="") as file:
        sizes = list(csv.DictReader(file))
    assert len(sizes) == 1 + len(waited.sizings[0].inputs)
    assert float(sizes[0]["central_quantity"]) == pytest.approx(waited.sizings[0].size.central_quantity, abs=1e-5)
    with (tmp_path / "prospects.csv").open(encoding="utf-8", newline="") as file:
        prospects = list(csv.DictReader(file))
    assert len(prospects) == 3 + len(waited.prospects[0].runs)
    assert prospects[0]["central_quantity"] == "4368000"


def test_a_case_without_models_has_no_such_sections():
    bare = waiting_case()
    workloads = tuple(row.model_copy(update={"model": None, "repeated": False}) for row in bare.workloads)
    page = report_html(plan(bare.model_copy(update={"workloads": workloads}), runs=("alone",)))
    assert 'id="sizes"' not in page
    assert 'id="waiting"' not in page
