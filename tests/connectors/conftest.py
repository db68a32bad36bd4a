"""Random cases that keep the rules, drawn field by field from the nouns themselves."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from armslength.connectors.shapes import Shape, Slot, slots_of
from armslength.model.agreement import Agreement, Assumption, Leg, Settlement, Source, Statement
from armslength.model.case import Case, Horizon, Question, Sharing, Vary
from armslength.model.catalogue import Model
from armslength.model.demand import Alternative, Demand, Workload
from armslength.model.governance import Link, Person, Role
from armslength.model.noun import Noun, When
from armslength.model.supply import Lot, Organisation, Ownership, Price, Site, Sku, Step, Stock
from armslength.model.transfer import Transfer

# Sizes of a model stand only beside a model, which the catalogue or the case must know.
WITHOUT_MODEL: dict[str, Any] = {
    "model": None,
    "tokens": None,
    "repeated": False,
    "users": None,
    "requests_per_user_day": None,
    "input_tokens": None,
    "output_tokens": None,
    "mean_tokens_per_second": None,
}
DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))
# Everything a cell could trip over: delimiters, quotes, escapes, formulas, words that look like other things.
TRICKY = [
    "",
    " a",
    "a ",
    '"',
    '""',
    '"a"',
    "a|b",
    "a=b@c",
    "\\",
    "\\|",
    "a,b;c\td",
    "=1+1",
    "null",
    "~",
    "yes",
    "12",
]
TRICKY += [
    "a\nb",
    "'",
    "#",
    "- a",
    "{a: b}",
    "[]",
    "a: b",
    "2024-01-01",
    "_x0041_",
    "é\u2028\U0001f600",
    "[",
    "@a",
    "%a",
]
WRITABLE = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff")
PRINTABLE = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zs", "Zl", "Zp"))
TEXTS = st.sampled_from(TRICKY) | st.text(WRITABLE | st.sampled_from("\n\t\x85\u2028"), max_size=8)
NAMES = st.sampled_from([text for text in TRICKY if text and text == text.strip() and text.isprintable()]) | st.text(
    PRINTABLE, min_size=1, max_size=6
)


def _limits(noun: type[Noun], slot: Slot) -> dict[str, float]:
    found = {"low": -1e6, "high": 1e6}
    for limit in noun.model_fields[slot.name].metadata:
        low = getattr(limit, "ge", None) if getattr(limit, "ge", None) is not None else getattr(limit, "gt", None)
        found["low"] = found["low"] if low is None else low + (0.25 if getattr(limit, "gt", None) is not None else 0)
        found["high"] = getattr(limit, "le", None) or found["high"]
    return found


@st.composite
def whens(draw: st.DrawFn) -> When:
    if draw(st.booleans()):
        day = draw(DAYS)
        return When(p10_on=day, p50_on=day, p90_on=day)
    days = sorted(draw(st.tuples(DAYS, DAYS, DAYS)))
    precision = draw(st.sampled_from(["day", "month", "quarter", "half", "year"]))
    return When(p10_on=days[0], p50_on=days[1], p90_on=days[2], precision=precision)


def _values(noun: type[Noun], slot: Slot, shape: Shape) -> st.SearchStrategy[Any]:
    limits = _limits(noun, slot)
    match shape.kind:
        case "text":
            return TEXTS
        case "whole":
            return st.integers(int(limits["low"]), int(limits["high"]))
        case "number":
            return st.floats(limits["low"], limits["high"], allow_subnormal=False)
        case "truth":
            return st.booleans()
        case "day":
            return DAYS
        case "when":
            return whens()
        case "word":
            return st.sampled_from(shape.words)
        case "pairs":
            return st.dictionaries(TEXTS.filter(bool), st.floats(0.01, 100), max_size=3)
        case "list":
            return st.lists(_values(noun, slot, shape.item), max_size=3).map(tuple)
    return st.nothing()


@st.composite
def rows(draw: st.DrawFn, noun: type[Noun], **fixed: Any) -> Noun:
    """A noun whose fields are random but for the fixed ones; what need not be given often is not."""
    values = {name: draw(value) if isinstance(value, st.SearchStrategy) else value for name, value in fixed.items()}
    for slot in slots_of(noun).values():
        if slot.name not in values and (slot.required or draw(st.booleans())):
            values[slot.name] = draw(_values(noun, slot, slot.shape))
    return noun(**values)


def one_of(names: Sequence[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(list(names))


@st.composite
def supplies(draw: st.DrawFn) -> dict[str, Any]:
    names = st.lists(NAMES, min_size=2, max_size=3, unique=True)
    organisations, skus, sites = draw(names), draw(names), draw(names)
    shares = st.just(()) | rows(Ownership, organisation=organisations[0], share_frac=st.floats(0, 0.4)).map(
        lambda o: (o,)
    )
    owners = [
        draw(rows(Organisation, id=name, owns=() if name == organisations[0] else shares, controlled_by=None))
        for name in organisations
    ]
    lots = draw(st.lists(NAMES, max_size=3, unique=True))
    steps = draw(st.lists(st.tuples(NAMES, whens()), max_size=3, unique_by=(lambda s: s[0], lambda s: s[1].p50_on)))
    owner, sku, site = one_of(organisations), one_of(skus), one_of(sites)
    return {
        "organisations": tuple(owners),
        "skus": tuple(draw(rows(Sku, id=name)) for name in skus),
        "sites": tuple(draw(rows(Site, id=name, owner=owner)) for name in sites),
        "lots": tuple(draw(rows(Lot, id=name, owner=owner, sku=sku, ship_to=owner)) for name in lots),
        "steps": tuple(
            draw(rows(Step, id=name, site=site, from_on=day, power_mw=st.floats(0, 1e5))) for name, day in steps
        ),
        "stock": tuple(
            draw(rows(Stock, id=name, owner=owner, site=site, sku=sku))
            for name in draw(st.lists(NAMES, max_size=2, unique=True))
        ),
    }


@st.composite
def demands(draw: st.DrawFn, supply: dict[str, Any]) -> dict[str, Any]:
    organisations, skus, sites = ([row.id for row in supply[key]] for key in ("organisations", "skus", "sites"))
    owner, sku = one_of(organisations), one_of(skus)
    some = {
        key: st.lists(one_of(names), max_size=2, unique=True).map(tuple)
        for key, names in (("skus", skus), ("sites", sites), ("hardware_of", organisations))
    }
    training = rows(
        Workload,
        id="training",
        owner=owner,
        form="training",
        gang_gpus_max=None,
        start_on=None,
        work_value_per_gpu_hour=st.floats(0, 1e5),
        **WITHOUT_MODEL,
        **some,
    )
    serving = rows(
        Workload,
        id="serving",
        owner=owner,
        form="serving",
        work_gpu_hours=None,
        gang_gpus_min=0,
        gang_gpus_max=None,
        due_on=None,
        lateness_cost_per_week=0.0,
        single_fabric=False,
        work_value_per_gpu_hour=1.0,
        **WITHOUT_MODEL,
        **some,
    )
    shape = {
        name: None
        for name in Model.model_fields
        if name.endswith("_count") and Model.model_fields[name].default is None
    }
    model = rows(
        Model,
        id="own",
        total_params=2e9,
        active_params=1e9,
        train_yottaflop_low=None,
        train_yottaflop_high=None,
        **shape,
    )
    levels = draw(st.lists(st.tuples(NAMES, DAYS), max_size=3, unique_by=(lambda s: s[0], lambda s: s[1])))
    return {
        "workloads": (draw(training), draw(serving)),
        "models": draw(st.lists(model, max_size=1).map(tuple)),
        "demand": tuple(draw(rows(Demand, id=name, workload="serving", from_on=day)) for name, day in levels),
        "prices": draw(
            st.lists(
                rows(
                    Price,
                    id="p",
                    sku=sku,
                    market_price_per_gpu_hour=2.0,
                    market_price_per_gpu_hour_low=st.floats(0, 2),
                    market_price_per_gpu_hour_high=st.floats(2, 9),
                ),
                max_size=1,
            ).map(tuple)
        ),
        "alternatives": draw(
            st.lists(rows(Alternative, id="a", organisation=owner, sku=sku, until_on=None), max_size=1).map(tuple)
        ),
    }


@st.composite
def agreements(draw: st.DrawFn, supply: dict[str, Any]) -> dict[str, Any]:
    first, second = supply["organisations"][0].id, supply["organisations"][1].id
    deal = draw(
        rows(
            Agreement,
            id="deal",
            kind="hosting",
            parties=(first, second),
            state="proposed",
            agreed_on=None,
            conditions=st.lists(TEXTS, max_size=3).map(tuple),
        )
    )
    leg = rows(
        Leg,
        id="leg",
        agreement="deal",
        giver=first,
        taker=second,
        lot=None,
        sku=supply["skus"][0].id,
        site=st.none() | one_of([row.id for row in supply["sites"]]),
        until_on=None,
    )
    money = rows(Settlement, id="money", agreement="deal", payer=second, payee=first)
    moved = rows(
        Transfer,
        id="moved",
        giver=first,
        taker=second,
        kind="money",
        unit="currency",
        state="claimed",
        sku=None,
        moved_on=None,
        agreement="deal",
        against=None,
        instead_of=(),
    )
    person = Person(id="person", name=draw(TEXTS))
    sits = rows(Role, id="sits", person="person", organisation=first, from_on=None)
    holds = rows(Link, id="holds", holder="person", target=second, kind="owns", share_frac=0.5, from_on=None)
    said = rows(Statement, id="said", organisation=first, metric="money_spent", unit="currency")
    return {
        "agreements": (deal,),
        "legs": (draw(leg),),
        "settlements": draw(st.lists(money, max_size=1).map(tuple)),
        "transfers": draw(st.lists(moved, max_size=1).map(tuple)),
        "persons": (person,),
        "roles": draw(st.lists(sits, max_size=1).map(tuple)),
        "links": draw(st.lists(holds, max_size=1).map(tuple)),
        "statements": draw(st.lists(said, max_size=1).map(tuple)),
        "assumptions": draw(st.lists(rows(Assumption, id="assumed"), max_size=1).map(tuple)),
        "sources": draw(st.lists(rows(Source, id=NAMES), max_size=1).map(tuple)),
    }


@st.composite
def whole_cases(draw: st.DrawFn) -> Case:
    supply = draw(supplies())
    start = draw(st.dates(date(2010, 1, 1), date(2060, 1, 1)))
    names = [row.id for row in supply["organisations"]]
    questions: tuple[Question, ...] = ()
    if supply["steps"] and supply["lots"]:
        step = Vary(step=supply["steps"][0].id, levels_mw=(0.0, 7.5), label=draw(TEXTS))
        lot = Vary(lot=supply["lots"][0].id, dates_on=tuple(draw(st.lists(DAYS, min_size=1, max_size=3))))
        vary = draw(st.sampled_from([(step,), (lot,), (step, lot)]))
        questions = (Question(id=draw(NAMES), text=draw(TEXTS.filter(bool)), organisation=names[0], vary=vary),)
    days = draw(st.integers(30, 3000))
    return Case(
        id=draw(NAMES),
        title=draw(TEXTS),
        description=draw(TEXTS),
        currency=draw(st.sampled_from(["USD", "EUR", "1"])),
        horizon=draw(rows(Horizon, start_on=start, end_on=start + timedelta(days=days))),
        sharing=draw(rows(Sharing, groups=st.sampled_from([(), (tuple(names),), (tuple(names), (names[0],))]))),
        questions=questions,
        **supply,
        **draw(demands(supply)),
        **draw(agreements(supply)),
    )


@pytest.fixture(scope="session")
def cases() -> st.SearchStrategy[Case]:
    """Cases that read without errors."""
    return whole_cases()


@pytest.fixture
def yaml_problems(tmp_path: Any) -> Callable[[str], list[str]]:
    """Returns the problems, as text, of a case given as YAML."""
    from armslength.connectors.case_file import case_problems

    def read(text: str) -> list[str]:
        path = tmp_path / "case.yaml"
        path.write_text(text, encoding="utf-8")
        return [str(problem) for problem in case_problems(path)[1]]

    return read
