"""A certificate from a real plan; and plans that were edited get none."""

from datetime import UTC, date, datetime

import pytest

from armslength.connectors.case_file import read_case
from armslength.errors import InputError, UnknownName
from armslength.governance.certificate import attested, flaws
from armslength.governance.from_plan import terms_of
from armslength.model.digest import case_digest
from armslength.proof.statement import digest_of
from armslength.service.certifying import certificate, signed
from armslength.service.dossier import plan_document
from armslength.service.planning import plan_case
from armslength.service.proposing import draft_from_plan, register_of
from governance.stage import KEY, OTHER_KEY, OUTPUTS, proposal

TODAY = date(2024, 1, 2)


@pytest.fixture(scope="module")
def planned():
    from pathlib import Path

    case = read_case(Path(__file__).resolve().parents[2] / "cases" / "worked-example")
    return plan_case(case.model_copy(update={"questions": ()}))


def test_an_agreement_of_the_case(planned):
    terms = terms_of(planned, ("swap",), OUTPUTS)
    assert [(leg.id, leg.amount_count, leg.returns) for leg in terms.legs] == [
        ("north-january.slot", 12000, None),
        ("north-january.custody", 12000, None),
        ("south-january.slot", 6000, "north-january.slot"),
        ("south-january.custody", 6000, None),
        ("south-june.slot", 6000, "north-january.slot"),
        ("south-june.custody", 6000, None),
    ]
    found = certificate(planned, terms, OUTPUTS, TODAY)
    assert found.inputs == f"sha256:{case_digest(planned.case)}"
    assert [(row.organisation, row.compensation_cents_count) for row in found.results] == [("north", 0), ("south", 0)]
    south = found.results[1]
    # 6,000 GPUs from January to June, 3,650 hours of 2.50.
    assert south.with_deal_cents_count - south.baseline_cents_count == pytest.approx(6000 * 3650 * 250, abs=2)
    assert south.usable_gpu_seconds == 6000 * 3650 * 3600


def test_it_stands_behind_its_terms_and_no_others(planned):
    terms = terms_of(planned, ("swap",), OUTPUTS)
    document = signed(certificate(planned, terms, OUTPUTS, TODAY), KEY)
    good = proposal(terms, document)
    assert flaws(attested(document, good), good, TODAY, 30) == ()
    assert attested(signed(certificate(planned, terms, OUTPUTS, TODAY), OTHER_KEY), good).signers == ()
    changed = document.replace(b'"payload": "e', b'"payload": "f', 1)
    assert attested(changed, good).certificate is None
    assert attested(b"{}", good).problem
    assert attested(None, good).problem


def test_deals_are_taken_together_or_not_at_all(planned):
    deals = tuple(deal.id for deal in planned.plan_of("shared").deals)
    assert len(deals) == 2
    terms = terms_of(planned, ("*",), OUTPUTS, "both")
    assert terms.id == "both"
    assert terms.plan.deals == deals
    assert [(pay.payer, pay.payee, pay.amount_count) for pay in terms.payments] == [("south", "north", 2_737_500_000)]
    found = certificate(planned, terms, OUTPUTS, TODAY)
    assert set(found.deals) == set(deals)
    document = signed(found, KEY)
    good = proposal(terms, document)
    assert flaws(attested(document, good), good, TODAY, 30) == ()
    with pytest.raises(InputError, match="rests on more deals"):
        terms_of(planned, deals[:1], OUTPUTS)
    with pytest.raises(UnknownName, match="no deal or agreement swop"):
        terms_of(planned, ("swop",), OUTPUTS)


def edited(planned, **changes):
    return planned.model_copy(update=changes)


def test_an_edited_verdict_gets_no_certificate(planned):
    rows = tuple(row.model_copy(update={"run_value": row.run_value + 1000.0}) for row in planned.verdicts)
    with pytest.raises(InputError, match="second look") as refused:
        certificate(edited(planned, verdicts=rows), terms_of(planned, ("swap",), OUTPUTS), OUTPUTS, TODAY)
    assert "not what follows" in str(refused.value)


def test_an_edited_plan_gets_no_certificate(planned):
    plan = planned.plan_of("as_agreed")
    uses = (plan.uses[0].model_copy(update={"used_gpu_hours": plan.uses[0].used_gpu_hours * 2}), *plan.uses[1:])
    plans = tuple(plan.model_copy(update={"uses": uses}) if row.run == "as_agreed" else row for row in planned.plans)
    with pytest.raises(InputError, match="second look"):
        certificate(edited(planned, plans=plans), terms_of(planned, ("swap",), OUTPUTS), OUTPUTS, TODAY)


def test_an_edited_case_gets_no_certificate(planned):
    lots = (planned.case.lots[0].model_copy(update={"gpus": 11_999}), *planned.case.lots[1:])
    case = planned.case.model_copy(update={"lots": lots})
    with pytest.raises(InputError, match="second look") as refused:
        certificate(edited(planned, case=case), terms_of(planned, ("swap",), OUTPUTS), OUTPUTS, TODAY)
    assert "another case" in str(refused.value)


def test_a_plan_without_the_run_alone_gets_no_certificate(planned):
    plans = tuple(row for row in planned.plans if row.run != "alone")
    with pytest.raises(InputError, match="nothing to compare with"):
        certificate(edited(planned, plans=plans), terms_of(planned, ("swap",), OUTPUTS), OUTPUTS, TODAY)


def test_a_draft_keeps_the_plan_beside_its_certificate(planned, tmp_path):
    (tmp_path / "plan.json").write_text(plan_document(planned), encoding="utf-8")
    now = datetime(2024, 1, 2, tzinfo=UTC)
    draft = draft_from_plan(tmp_path, ("swap",), now, key=KEY)
    assert [kind for kind, _, _ in draft.documents] == ["certificate", "plan"]
    assert digest_of(draft.documents[1][2]) == draft.file.terms.plan.outputs
    assert draft_from_plan(tmp_path, ("swap",), now).documents == ()


def test_who_stands_where_comes_from_the_case(planned):
    rows = planned.case.organisations
    first = rows[0].model_copy(update={"controlled_by": "A. Head"})
    case = planned.case.model_copy(update={"organisations": (first, *rows[1:])})
    found = register_of(case)
    assert [(link.holder, link.target, link.kind) for link in found.links] == [("A. Head", "north", "controls")]
    assert [row.id for row in found.persons] == ["A. Head"]
