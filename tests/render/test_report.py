"""The report: sections, numbers, escaping, well-formed HTML, nothing fetched, and cases at the edges."""

import re
import time
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser

import pytest

from armslength.model.case import Case
from armslength.model.comparison import Change, Comparison
from armslength.render import figures
from armslength.render.report import report_html

VOID = {"meta", "br", "hr", "img", "link", "input", "wbr"}
SECTIONS = [
    "verdict",
    "summary",
    "about",
    "runs",
    "answers",
    "deals",
    "power",
    "gpus",
    "idle",
    "flows",
    "workloads",
    "rules",
    "assumptions",
    "facts",
    "statements",
    "sources",
    "notes",
    "provenance",
]


class Walk(HTMLParser):
    """Follows the tags of a page and notes what is wrong with their nesting."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.flaws: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.headings: list[int] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        if len({key for key, _ in attrs}) < len(attrs):
            self.flaws.append(f"attribute twice in <{tag}> at {self.getpos()}")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.flaws.append(f"</{tag}> at {self.getpos()} closes nothing")

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]


@pytest.fixture(scope="module")
def page(swap: Comparison) -> str:
    return report_html(swap)


@pytest.fixture(scope="module")
def walk(page: str) -> Walk:
    return Walk(page)


def with_plans(comparison: Comparison, **changes: object) -> Comparison:
    """The comparison with changes to all its plans."""
    plans = tuple(plan.model_copy(update=changes) for plan in comparison.plans)
    return comparison.model_copy(update={"plans": plans})


def bare_case() -> Case:
    return Case.model_validate_json('{"id": "bare", "horizon": {"start_on": "2024-01-01", "end_on": "2024-01-01"}}')


def test_every_section_is_there_in_order(walk: Walk) -> None:
    found = [attrs["id"] for tag, attrs in walk.tags if tag == "section"]
    assert found == SECTIONS


def test_tags_nest_and_ids_are_unique(walk: Walk) -> None:
    assert walk.flaws == []
    assert walk.open == []
    assert len(set(walk.ids())) == len(walk.ids())


def test_every_link_and_label_points_at_something(walk: Walk) -> None:
    ids = set(walk.ids())
    for tag, attrs in walk.tags:
        if tag == "a":
            assert attrs["href"].startswith("#")
            assert attrs["href"][1:] in ids
        if "aria-labelledby" in attrs:
            assert attrs["aria-labelledby"] in ids


def test_nothing_is_fetched(page: str, walk: Walk) -> None:
    assert not {"script", "link", "img", "iframe", "object", "embed"} & {tag for tag, _ in walk.tags}
    assert not re.search(r"https?:|//[a-z]|@import|@font-face|url\((?!#)", page)
    assert re.findall(r"url\(#([\w-]+)\)", page)
    for used in re.findall(r"url\(#([\w-]+)\)", page):
        assert used in walk.ids()


def test_headings_descend_one_by_one(walk: Walk) -> None:
    assert walk.headings[0] == 1
    assert walk.headings.count(1) == 1
    for above, below in zip(walk.headings, walk.headings[1:], strict=False):
        assert below <= above + 1


def test_landmarks_and_tables_can_be_read_aloud(page: str, walk: Walk) -> None:
    tags = [tag for tag, _ in walk.tags]
    assert {"header", "main", "nav", "footer"} <= set(tags)
    assert tags.count("table") == tags.count("caption") == tags.count("thead")
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in walk.tags if tag == "th")
    charts = [attrs for _, attrs in walk.tags if attrs.get("role") == "img"]
    assert len(charts) > 15
    assert all(attrs.get("aria-label") for attrs in charts)
    assert '<html lang="en">' in page


def test_verdict_comes_first_with_its_figures(walk: Walk) -> None:
    text = walk.text[walk.text.index("Verdict") :]
    assert text.index("is better off than alone") < text.index("+21.9 M GPU-hours") < text.index("+43.8 M")
    assert "+43.8 M to +87.6 M USD at the low and high market prices" in text
    assert "more usable in Jan–May 2024" in text
    assert "By sharing: ▲ better off, +27.4 M USD after settlement." in text


def test_exact_numbers_stand_behind_the_rounded_ones(page: str) -> None:
    assert 'title="54,750,000 USD"' in page
    assert 'title="21,900,000 GPU-hours"' in page


def test_one_screen_answers_what_people_ask(walk: Walk) -> None:
    assert "78.8 M GPU-hours would have passed unpowered between 1 Jan 2024 and 1 Oct 2024" in walk.text
    assert "Chatter & Sons <Ltd>: yes, none of its GPUs waits for power or a slot." in walk.text
    assert "Motor Works pays Chatter & Sons <Ltd> 27.4 M USD." in walk.text
    assert "Which deal would have been better for both?" in walk.text


def test_runs_table_prints_each_plan(swap: Comparison, page: str) -> None:
    for plan in swap.plans:
        for result in plan.results:
            for number in (result.used_gpu_hours, result.idle_gpu_hours, result.received_gpu_hours):
                cell = f'title="{figures.exact(number)} GPU-hours">{figures.rounded(number)}</td>'
                assert cell in page


def test_idle_by_cause_adds_up_to_the_results(swap: Comparison, walk: Walk) -> None:
    for plan in swap.plans:
        total = sum(result.idle_gpu_hours for result in plan.results)
        assert sum(row.idle_gpu_hours for row in plan.idle) == pytest.approx(total)
        assert f"{figures.gpu_hours(total)} idle in all." in walk.text


def test_names_are_escaped_and_ids_replaced(page: str) -> None:
    assert "Chatter &amp; Sons &lt;Ltd&gt;" in page
    assert "<Ltd>" not in page
    body = page[page.index("<body>") :]
    assert not re.search(r">\s*social\s*<", body)


def test_hostile_names_stay_text(swap: Comparison) -> None:
    evil = '"><script>alert(1)</script>{{ 7 * 7 }}'
    organisations = tuple(o.model_copy(update={"name": evil}) for o in swap.case.organisations)
    sites = tuple(s.model_copy(update={"name": evil}) for s in swap.case.sites)
    case = swap.case.model_copy(update={"organisations": organisations, "sites": sites, "title": evil})
    walk = Walk(report_html(swap.model_copy(update={"case": case, "notes": (evil,)})))
    assert "script" not in {tag for tag, _ in walk.tags}
    assert walk.flaws == []
    assert evil in walk.text


def test_claims_of_different_metrics_are_apart(walk: Walk) -> None:
    assert "Claims of energised (active), GPUs" in walk.text
    assert "Claims of money spent, USD" in walk.text
    assert "35,000" in walk.text
    assert "3.5 bn" in walk.text


def test_answers_say_sign_in_symbols_and_numbers(walk: Walk) -> None:
    assert "▼ −54.8 M" in walk.text
    assert "= 0" in walk.text
    assert "▲ +5.00 M" in walk.text
    assert "break-even" in walk.text


def test_splits_say_who_would_leave(walk: Walk) -> None:
    assert "Equal gain (chosen): ✓ in the core" in walk.text
    assert "Proportional: ✗ not in the core; Chatter & Sons <Ltd> would gain 1.00 M USD by leaving." in walk.text


def test_binding_rules_are_gathered_over_their_periods(walk: Walk) -> None:
    assert "Jan–Sep 2024" in walk.text
    assert walk.text.count("Texas Hall has no power to spare.") == 3


def test_rules_are_told_in_names_and_days(swap: Comparison) -> None:
    plan = swap.plans[0]
    rules = tuple(
        rule.model_copy(
            update={
                "key": ("car+social:h100", plan.periods[rule.period_index or 0].start_on.isoformat()),
                "text": "All of car+social:h100 works in the period of "
                f"{plan.periods[rule.period_index or 0].start_on.isoformat()}.",
            }
        )
        for rule in plan.bindings
    )
    gathered = swap.model_copy(update={"plans": (plan.model_copy(update={"bindings": rules}),)})
    single = swap.model_copy(update={"plans": (plan.model_copy(update={"bindings": rules[2:3]}),)})
    both = "All of Motor Works and Chatter & Sons <Ltd> H100 works in"
    assert f"{both} each of these periods." in Walk(report_html(gathered)).text
    assert f"{both} Mar 2024." in Walk(report_html(single)).text


def test_power_levels_tried_carry_their_unit(swap: Comparison) -> None:
    vary = swap.case.questions[0].vary[0].model_copy(update={"dates_on": (), "levels_mw": (0.0, 4.2)})
    question = swap.case.questions[0].model_copy(update={"vary": (vary,)})
    points = tuple(
        point.model_copy(update={"labels": (label,)})
        for point, label in zip(swap.answers[0].points, ("0.0", "4.2"), strict=False)
    )
    answer = swap.answers[0].model_copy(update={"points": points, "break_even_on": None})
    case = swap.case.model_copy(update={"questions": (question,)})
    text = Walk(report_html(swap.model_copy(update={"case": case, "answers": (answer,)}))).text
    assert "0 MW ▼ −54.8 M" in text
    assert "4.2 MW ▼ −43.8 M" in text


def test_lots_that_moved_are_drawn_from_owner_to_holder(walk: Walk) -> None:
    assert "24,000 GPUs in 3 lots whose title moves under the agreements." in [
        attrs.get("aria-label") for _, attrs in walk.tags
    ]


def test_a_recalled_loan_ends_when_it_is_back(swap: Comparison) -> None:
    agreement = swap.case.agreements[0].model_copy(
        update={"kind": "loan", "recalled_on": date(2024, 4, 1), "recall_notice_days": 30.0}
    )
    case = swap.case.model_copy(update={"agreements": (agreement,)})
    text = Walk(report_html(swap.model_copy(update={"case": case}))).text
    assert "12,000 GPUs, Jan–Apr 2024" in text


def test_what_is_too_small_to_count_is_called_so(swap: Comparison) -> None:
    change = Change(period_index=3, used_gpu_hours=34.0, usable_gpu_hours=34.0)
    tiny = swap.verdicts[0].model_copy(update={"gain_value": 102.0, "changes": (change,)})
    told = Walk(report_html(swap.model_copy(update={"verdicts": (tiny, *swap.verdicts[1:])}))).text
    card = told[told.index("= Neither better nor worse off") :]
    assert card.index("+102 USD") < card.index("too little to count") < card.index("By sharing")
    assert "Apr 2024" not in card[: card.index("By sharing")]


def test_colours_come_from_the_style_sheet(page: str) -> None:
    body = page[page.index("<body>") :]
    assert not re.search(r'(?:fill|stroke|style|color)="', body)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_each_class_of_a_chart_has_a_rule(page: str) -> None:
    style = page[page.index("<style>") : page.index("</style>")]
    for css in re.findall(r'<(?:path|rect|polyline|circle|line) class="([\w -]+)"', page):
        for name in css.split():
            assert f".{name}" in style, name


def test_same_comparison_gives_same_bytes(swap: Comparison, page: str) -> None:
    assert report_html(swap) == page


@pytest.mark.parametrize("run", ["alone", "as_agreed", "shared"])
def test_one_run_alone_makes_a_page(swap: Comparison, run: str) -> None:
    plan = next(plan for plan in swap.plans if plan.run == run)
    nothing: dict[str, object] = dict.fromkeys(("verdicts", "splits", "payments", "answers", "notes"), ())
    lone = swap.model_copy(update={"plans": (plan,), "better_deal": "", **nothing})
    walk = Walk(report_html(lone))
    assert walk.flaws == []
    assert "Nothing is compared here" in walk.text
    assert {"runs", "power", "idle", "workloads"} <= set(walk.ids())
    assert not {"answers", "notes"} & set(walk.ids())


def test_bare_case_makes_a_page() -> None:
    walk = Walk(report_html(Comparison(case=bare_case(), plans=())))
    assert walk.flaws == []
    assert [attrs["id"] for tag, attrs in walk.tags if tag == "section"] == ["verdict"]


def test_no_periods_leave_out_the_charts(swap: Comparison) -> None:
    empty: dict[str, object] = dict.fromkeys(
        ("periods", "supplies", "holdings", "uses", "idle", "bindings", "deals"), ()
    )
    cut = with_plans(swap, **empty).model_copy(update={"verdicts": ()})
    walk = Walk(report_html(cut))
    assert walk.flaws == []
    assert not {"power", "gpus", "idle", "flows", "workloads"} & set(walk.ids())


def test_single_period_makes_charts(large: Callable[..., Comparison]) -> None:
    walk = Walk(report_html(large(organisations=1, sites=1, weeks=1, workloads=1)))
    assert walk.flaws == []
    assert {"power", "gpus", "idle", "flows", "workloads"} <= set(walk.ids())


def test_long_names_are_shortened_in_charts_only(swap: Comparison) -> None:
    name = "The Very Long Name of an Organisation That Nobody Would Ever Print in Full Anywhere at All"
    organisations = tuple(o.model_copy(update={"name": f"{name} {o.id}"}) for o in swap.case.organisations)
    page = report_html(swap.model_copy(update={"case": swap.case.model_copy(update={"organisations": organisations})}))
    assert f"{name} car" in page
    assert figures.shortened(f"{name} car", 22) in page
    assert Walk(page).flaws == []


def test_rented_hardware_of_nobody_known_is_named_by_its_id(swap: Comparison) -> None:
    plan = swap.plans[0]
    use = plan.uses[0].model_copy(update={"title": "a-landlord", "site": "elsewhere"})
    rented = swap.model_copy(update={"plans": (plan.model_copy(update={"uses": (*plan.uses, use)}),)})
    assert "a-landlord" in Walk(report_html(rented)).text


def test_large_report_is_small_and_quick(large: Callable[..., Comparison]) -> None:
    comparison = large(organisations=50, sites=80, weeks=104, workloads=300)
    began = time.process_time()
    page = report_html(comparison)
    assert time.process_time() - began < 3.0
    assert len(page.encode()) < 3_000_000
    walk = Walk(page)
    assert walk.flaws == []
    assert "72 more sites in holdings.csv." in walk.text
    assert "276 more workloads in workloads.csv and uses.csv." in walk.text
    assert "38 more organisations in verdicts.csv." in walk.text


def test_a_case_that_was_shared_only_tells_that_verdict(swap: Comparison) -> None:
    case = swap.case.model_copy(update={"agreements": (), "legs": (), "settlements": ()})
    walk = Walk(report_html(swap.model_copy(update={"case": case})))
    assert "By sharing, Motor Works and Chatter & Sons <Ltd> are better off than alone" in walk.text
    assert "summary" not in walk.ids()


def test_worse_off_is_said_in_words_and_priced(swap: Comparison) -> None:
    loser = swap.verdicts[0].model_copy(
        update={"standing": "worse", "gain_value": -32_850_000.0, "make_whole_cost": 32_850_000.0}
    )
    walk = Walk(report_html(swap.model_copy(update={"verdicts": (loser, *swap.verdicts[1:])})))
    assert "Motor Works is worse off than alone" in walk.text
    assert "nobody is worse off" not in walk.text
    assert "▼ Worse off" in walk.text
    assert "to be made whole it needs 32.9 M USD" in walk.text
