"""Reading YAML: every problem at once, each with its line; nothing a file may hold breaks the reader."""

from collections.abc import Callable
from pathlib import Path

import pytest

from armslength.connectors.case_file import case_problems, read_case
from armslength.errors import InvalidCase

Problems = Callable[[str], list[str]]

TOP = "id: demo\nhorizon: {start_on: 2024-01-01, end_on: 2025-01-01}\norganisations: [{id: a}, {id: b}]\n"


def test_all_problems_come_at_once_with_their_lines(yaml_problems: Problems) -> None:
    text = (
        TOP
        + """\
skus:
  - id: H100
    site_kw_per_gpu: 1.4 kW
lots:
  - {id: l1, sku: H100, gpus: "12", owner: a, expected_on: Q3 2024}
  - id: l2
    sku: H200
    gpus: -5
    ownr: c
    expected_on: 2024
steps:
  - {id: s1, site: hall, from_on: 2024, power_kw: 75000}
workload: []
"""
    )
    assert yaml_problems(text) == [
        "case.yaml skus[0].site_kw_per_gpu (line 6): `1.4 kW` holds a unit; write the number alone "
        "(site_kw_per_gpu is in kilowatts per accelerator: write 1.4)",
        "case.yaml lots[0].gpus (line 8): `12` is text in quotes, but gpus is a number (remove the quotes)",
        "case.yaml lots[0].expected_on (line 8): `Q3 2024` is not a date as read here (write 2024-Q3)",
        "case.yaml lots[1].ownr (line 12): `ownr` is not a field (did you mean owner or known_on?)",
        "case.yaml steps[0].power_kw (line 15): `power_kw` is not a field; the field is `power_mw` "
        "(its unit: megawatts)",
        "case.yaml workload (line 16): `workload` is not a field (did you mean workloads?)",
        "case.yaml lots[1].gpus (line 11): gpus is -5, but must be at least 0 (unit: accelerators of any vendor)",
        "case.yaml lots[1].owner (line 9): `owner` is missing (give it a value)",
        "case.yaml lots[1].sku (line 10): nothing in `skus` is called `H200` (did you mean H100?)",
        "case.yaml steps[0].site (line 15): nothing in `sites` is called `hall` "
        "(the case has no sites; add a row to `sites`)",
    ]


def test_read_case_raises_with_all_errors(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(TOP.replace("2025-01-01", "2023-01-01") + "steps: [{id: s, site: x, from_on: 2024}]\n")
    with pytest.raises(InvalidCase) as caught:
        read_case(path)
    assert [problem.place for problem in caught.value.problems] == [
        "case.yaml horizon.end_on (line 2)",
        "case.yaml steps[0].site (line 4)",
        "case.yaml steps[0] (line 4)",
    ]
    assert "3 problems in this case" in str(caught.value)


def test_text_is_what_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "one.yml"
    text = "id: 2024\ntitle: NO\ncurrency: EUR\nhorizon: {start_on: '2024-01-01', end_on: 2025-01-01}\n"
    text += "organisations:\n  - {id: 007, name: true, listed: yes, source: null, note: ~, controlled_by: 1.50}\n"
    path.write_text(text)
    case, found = case_problems(path)
    assert case is not None, found
    row = case.organisations[0]
    assert (case.id, case.title) == ("2024", "NO")
    assert (row.id, row.name, row.listed, row.source, row.note) == ("007", "true", True, None, None)
    assert row.controlled_by == "1.50"


@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("2024-06-01", ["2024-06-01"] * 3),
        ("'2024-06-01'", ["2024-06-01"] * 3),
        ("2024", ["2024-01-01", "2024-07-01", "2024-12-31"]),
        ("2024-09-01/2024-10-01/2025-01-15", ["2024-09-01", "2024-10-01", "2025-01-15"]),
        ("{p10: 2024-09-01, p50: 2024-10-01, p90: 2025-01-15}", ["2024-09-01", "2024-10-01", "2025-01-15"]),
        (
            "{p10_on: 2024-09-01, p50_on: 2024-10-01, p90_on: 2025-01-15, precision: half}",
            ["2024-09-01", "2024-10-01", "2025-01-15"],
        ),
    ],
)
def test_dates_in_every_form(tmp_path: Path, when: str, days: list[str]) -> None:
    path = tmp_path / "case.yaml"
    sites = "sites: [{id: hall, owner: a}]\n"
    path.write_text(TOP + sites + f"steps:\n  - id: s\n    site: hall\n    power_mw: 1\n    from_on: {when}\n")
    case, found = case_problems(path)
    assert case is not None, found
    from_on = case.steps[0].from_on
    assert [str(from_on.p10_on), str(from_on.p50_on), str(from_on.p90_on)] == days


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("- a\n- b\n", "the file is not a mapping (begin with `id: my-case`)"),
        ("hello", "the file is not a mapping"),
        ("id: [a\n", "this is not YAML"),
        ("id: a\n\ttitle: b\n", "this is not YAML"),
        ("id: a: b\n", "case.yaml line 1: this is not YAML: mapping values are not allowed"),
        ("id: a\n---\nid: b\n", "case.yaml line 2: a second document begins here"),
        ("id: *here\n", "this is not YAML"),
        ("id: a\nid: b\n", "case.yaml line 2: the key `id` stands twice; first in line 1"),
        (
            "id: !!python/object:os.system a\n",
            "the tag 'tag:yaml.org,2002:python/object:os.system' is not read here",
        ),
        ("id: !secret a\n", "the tag '!secret' is not read here"),
        ("a: &x [1]\nb: *x\n", "an alias repeats a list or mapping here"),
        ("a: &x [*x]\n", "an alias repeats a list or mapping here"),
        ("{[a]: b}\n", "a key is a list or mapping"),
        ("? {a: b}\n: c\n", "a key is a list or mapping"),
        ("<<: {a: b}\n", "`<<` is not a field"),
        ("id: a\nid2: \x07\n", "case.yaml line 2: the control character U+0007 cannot stand in YAML"),
        ('id: a\ntitle: "\\a"\n', "holds the control character U+0007"),
        ("[" * 5000, "nested more than 24 deep"),
        ("- " * 5000, "nested more than 24 deep"),
        ("{a: " * 5000, "nested more than 24 deep"),
        (TOP + "lots: {id: l}\n", "`lots` is not a list of rows"),
        (TOP + "lots: l\n", "`lots` is not a list of rows"),
        (TOP + "lots: [l]\n", "the row is not a mapping"),
        (TOP + "lots: [null]\n", "the row is not a mapping"),
        (TOP + "lots: [[a]]\n", "the row is not a mapping"),
        (TOP + "workloads: [{id: w, skus: H100}]\n", "skus is a list (write [H100])"),
        (TOP + "workloads: [{id: w, skus: {a: b}}]\n", "skus is a list (write rows that begin with '- ')"),
        (TOP + "workloads: [{id: w, skus: [~]}]\n", "workloads[0].skus[0] (line 4): nothing stands here"),
        (TOP + "skus: [{id: k, throughput_ratio: 1}]\n", "is a mapping of names to values"),
        (TOP + "skus: [{id: [k]}]\n", "id holds a list where one value is expected"),
        (TOP + "skus: [{id: k, site_kw_per_gpu: {a: 1}}]\n", "holds a mapping where one value is expected"),
        (TOP + "skus: [{id: '', site_kw_per_gpu: 1}]\n", "skus[0].id (line 4): `id` is empty"),
        (TOP + "skus: [{id: k, site_kw_per_gpu: 1e400}]\n", "too large"),
        (TOP + f"skus: [{{id: k, site_kw_per_gpu: {'9' * 5000}}}]\n", "too large"),
        (TOP + "skus: [{id: k, site_kw_per_gpu: .inf}]\n", "leave the field empty for unlimited"),
        (TOP + "skus: [{id: k, site_kw_per_gpu: 0}]\n", "site_kw_per_gpu is 0, but must be above 0"),
        (TOP + "organisations2: 3\n", "did you mean organisations"),
        (TOP + "sharing: [a]\n", "sharing is a mapping of names to values"),
        (
            TOP + "sharing: {split: even}\n",
            "`even` is not one of equal_gain, shapley, nucleolus, proportional",
        ),
        (TOP + "sharing: {groups: [a, b]}\n", "sharing.groups[0] (line 4): groups is a list"),
        (TOP + "sharing: {groups: [[a, c]]}\n", "sharing.groups[0][1] (line 4): nothing in `organisations`"),
        (TOP + "as_of: 2024-06\n", "as_of (line 4): `2024-06` is precise to the month only"),
        (TOP + "questions: [{id: q, text: t, organisation: a, vary: []}]\n", "`vary` is empty"),
        (TOP + "questions: [{id: q, text: t, organisation: a}]\n", "`vary` is missing"),
        (TOP + "agreements: [{id: d, kind: loan}]\n", "agreements[0].parties (line 4): `parties` is missing"),
        (TOP + "prices: [{id: p, sku: k, from_on: 2024}]\n", "precise to the year only"),
        (TOP + "organisations: []\n", "the key `organisations` stands twice"),
        ("organisations: [{id: a}]\n", "`horizon` is missing (give start_on"),
        ("id: demo\nhorizon: {start_on: 2024-01-01}\norganisations: [{id: a}]", "`end_on` is missing"),
    ],
)
def test_whatever_stands_there_is_a_clear_problem(yaml_problems: Problems, text: str, words: str) -> None:
    found = yaml_problems(text)
    assert any(words in problem for problem in found), found


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("{p10: 2024-09-01, p50: 2024-10-01}", "p90 missing"),
        ("{p10: 2024-09-01, p50: 2024-10-01, p90: 2024-01-01}", "the days are not in order"),
        (
            "{p10: 2024-09, p50: 2024-10-01, p90: 2025-01-01}",
            "from_on.p10 (line 5): `2024-09` is precise to the month",
        ),
        ("{p10: 2024-09-01, p50: 2024-10-01, p95: 2025-01-01}", "`p95` is not a field (did you mean p"),
        (
            "{p10: 2024-09-01, p50: 2024-10-01, p90: 2025-01-01, precision: exact}",
            "`exact` is not a precision",
        ),
        ("{p10: 2024-09-01, p50: 2024-10-01, p90: 2025-01-01, precision: [a]}", "is not a precision"),
        ("[2024-09-01]", "from_on holds a list"),
    ],
)
def test_ranges_that_are_none(yaml_problems: Problems, when: str, words: str) -> None:
    text = TOP + "sites: [{id: hall, owner: a}]\n" + f"steps: [{{id: s, site: hall, power_mw: 1, from_on: {when}}}]\n"
    found = yaml_problems(text)
    assert any(words in problem for problem in found), found


def test_an_alias_bomb_is_refused_quickly(yaml_problems: Problems) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert any("an alias repeats" in problem for problem in yaml_problems("\n".join(lines)))


def test_nothing_is_said_twice_of_a_value_that_cannot_be_read(yaml_problems: Problems) -> None:
    found = yaml_problems(TOP + "skus: [{id: k, site_kw_per_gpu: many, throughput_ratio: {a: b}}]\n")
    assert len(found) == 2, found


def test_names_of_rows_that_cannot_be_read_count_as_known(yaml_problems: Problems) -> None:
    broken = "skus: [{id: k, site_kw_per_gpu: many}]\n"
    lots = "lots: [{id: l, sku: k, owner: a, gpus: 1, expected_on: 2024}]\n"
    assert len(yaml_problems(TOP + broken + lots)) == 1
    # A row without an id may be the one that is meant.
    assert len(yaml_problems(TOP + "skus: [{site_kw_per_gpu: 1}]\n" + lots)) == 1
