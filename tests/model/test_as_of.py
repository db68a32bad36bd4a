"""The case as known on a day: the latest version known, nothing later, nothing that hangs on the unknown."""

from collections.abc import Callable
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from armslength.model.as_of import as_of, known_days
from armslength.model.case import TABLES, Case, Sharing
from armslength.model.digest import case_digest

Make = Callable[..., Case]


def test_the_latest_version_known_by_the_day_counts(make: Make) -> None:
    case = make(
        lots=[
            {"id": "l", "gpus": 3, "known_on": "2024-03-01"},
            {"id": "l", "gpus": 1},
            {"id": "l", "gpus": 2, "known_on": "2024-02-01"},
        ]
    )
    by_day = {date(2024, 1, 31): 1, date(2024, 2, 1): 2, date(2024, 2, 29): 2, date(2024, 3, 1): 3, None: 3}
    for day, gpus in by_day.items():
        known = as_of(case, day)
        assert [lot.gpus for lot in known.lots] == [gpus]
        assert known.as_of == day


def test_what_is_not_yet_known_is_not_there(make: Make) -> None:
    case = make(lots=[{"id": "l", "known_on": "2024-03-01"}])
    assert as_of(case, date(2024, 2, 29)).lots == ()
    assert len(as_of(case, date(2024, 3, 1)).lots) == 1


def test_rows_that_name_the_unknown_go_with_it(make: Make) -> None:
    later = "2024-03-01"
    case = make(
        workloads=[{"id": "service", "form": "serving", "known_on": later}, {"id": "run"}],
        demand=[{"id": "d"}],
        sites=[{"id": "hall"}, {"id": "new", "known_on": later}],
        steps=[{"id": "opens", "power_mw": 1.0}, {"id": "new-opens", "site": "new", "power_mw": 1.0}],
        stock=[{"id": "s", "site": "new"}],
        agreements=[{"id": "deal", "known_on": later}],
        legs=[{"id": "leg", "lot": "lot"}],
        settlements=[{"id": "money"}],
        questions=[
            {"id": "old", "vary": [{"step": "opens", "levels_mw": (1.0,)}]},
            {
                "id": "new",
                "vary": [{"step": "opens", "levels_mw": (1.0,)}, {"step": "new-opens", "levels_mw": (1.0,)}],
            },
        ],
    )
    known = as_of(case, date(2024, 2, 29))
    assert [row.id for row in known.workloads] == ["run"]
    assert (known.demand, known.stock, known.agreements, known.legs, known.settlements) == (
        (),
        (),
        (),
        (),
        (),
    )
    assert [row.id for row in known.steps] == ["opens"]
    # The question hangs on a step, which hangs on a site: two steps away.
    assert [row.id for row in known.questions] == ["old"]
    assert len(as_of(case, date(2024, 3, 1)).questions) == 2


def test_lists_lose_only_unknown_names_but_never_become_all(make: Make) -> None:
    later = "2024-03-01"
    case = make(
        organisations=[
            {"id": "a", "owns": [{"organisation": "c", "share_frac": 0.1}]},
            {"id": "b"},
            {"id": "c", "known_on": later},
        ],
        sites=[{"id": "hall"}, {"id": "new", "known_on": later}],
        workloads=[
            {"id": "both", "sites": ("hall", "new")},
            {"id": "only-new", "sites": ("new",)},
            {"id": "anywhere"},
        ],
        agreements=[{"id": "deal", "parties": ("a", "b", "c")}],
        sharing=Sharing(groups=(("a", "b", "c"), ("c",))),
    )
    known = as_of(case, date(2024, 2, 29))
    assert {row.id: row.sites for row in known.workloads} == {"both": ("hall",), "anywhere": ()}
    assert known.agreements == ()
    assert known.organisations[0].owns == ()
    assert known.sharing.groups == (("a", "b"),)
    assert as_of(case, None).sharing == case.sharing


def test_no_group_left_is_not_one_group_of_all(make: Make) -> None:
    case = make(organisations=[{"id": "a"}, {"id": "c", "known_on": "2024-03-01"}], sharing=Sharing(groups=(("c",),)))
    assert as_of(case, date(2024, 2, 29)).sharing.groups == ((),)


def test_names_that_are_never_known_stay_to_be_reported(make: Make) -> None:
    case = make(lots=[{"id": "l", "sku": "nowhere"}])
    assert [lot.sku for lot in as_of(case, date(2024, 1, 1)).lots] == ["nowhere"]


def test_the_day_of_the_case_counts_when_none_is_given(make: Make) -> None:
    case = make(lots=[{"id": "l", "known_on": "2024-03-01"}], as_of=date(2024, 2, 1))
    assert as_of(case, None).lots == ()
    assert as_of(case, None).as_of == date(2024, 2, 1)
    assert len(as_of(case, date(2024, 4, 1)).lots) == 1


def test_days_of_new_knowledge(make: Make) -> None:
    case = make(
        lots=[{"id": "l", "known_on": "2024-03-01"}, {"id": "m", "known_on": "2024-03-01"}],
        steps=[{"id": "s", "power_mw": 1.0, "known_on": "2024-02-01"}],
        sources=[{"id": "s", "title": "t"}],
    )
    assert known_days(case) == (date(2024, 2, 1), date(2024, 3, 1))


@given(st.data())
def test_permuting_the_rows_changes_nothing(make: Make, data: st.DataObject) -> None:
    days = st.none() | st.sampled_from(["2024-01-05", "2024-02-01", "2024-03-01"])
    versions = st.lists(st.tuples(st.sampled_from("xyz"), days), max_size=6, unique=True)
    case = make(
        lots=[{"id": name, "known_on": day, "gpus": number} for number, (name, day) in enumerate(data.draw(versions))],
        sites=[{"id": "hall"}, {"id": "new", "known_on": data.draw(days)}],
        steps=[
            {
                "id": name,
                "known_on": day,
                "power_mw": 1.0,
                "site": data.draw(st.sampled_from(["hall", "new"])),
            }
            for name, day in data.draw(versions)
        ],
    )
    mixed = case.model_copy(update={table: tuple(data.draw(st.permutations(getattr(case, table)))) for table in TABLES})
    for day in (None, date(2024, 1, 5), date(2024, 2, 15)):
        assert as_of(mixed, day) == as_of(case, day)
        assert case_digest(as_of(mixed, day)) == case_digest(as_of(case, day))
        assert as_of(as_of(case, day), day) == as_of(case, day)


def test_the_digest_tells_cases_apart_and_does_not_change(make: Make) -> None:
    case = make()
    assert case_digest(case) == case_digest(make())
    assert case_digest(case) != case_digest(make(title="Another"))
    assert case_digest(case) != case_digest(make(lots=[{"id": "lot", "gpus": 101}]))
    assert len(case_digest(case)) == 64
