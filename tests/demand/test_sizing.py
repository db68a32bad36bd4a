"""Workloads that name a model: sizes in place of models, problems with their places, and the day of knowledge."""

from datetime import date

import pytest

from armslength import check, plan, read_case
from armslength.connectors.case_file import case_problems
from armslength.connectors.case_writing import plain, write_case, yaml_text
from armslength.connectors.workbook_writing import write_workbook
from armslength.demand.sizing import sized, sizing_problems
from armslength.demand.train import estimate_training
from armslength.errors import InvalidCase
from armslength.model.as_of import as_of
from armslength.model.digest import case_digest
from armslength.model.estimate import TrainQuestion
from armslength.model.rules import problems
from armslength.service.dossier import check_plan, export_program, write_dossier

CASE = """\
id: sizes
horizon: {start_on: 2024-01-01, end_on: 2025-01-01, grid: month}
organisations: [{id: maker}, {id: host}]
skus: [{id: h100-sxm, site_kw_per_gpu: 1.4}]
lots: [{id: maker-lot, sku: h100-sxm, gpus: 1000, owner: maker, expected_on: 2024-01-01}]
sites: [{id: hall, owner: maker}]
steps: [{id: hall-opens, site: hall, from_on: 2024-01-01, power_mw: 2}]
workloads:
  - {id: run, owner: maker, form: training, work_value_per_gpu_hour: 2, model: llama-2-70b}
"""


@pytest.fixture
def read(tmp_path):
    """Returns a function that reads the case with other lines in place of its workload, and more."""

    def change(workload="", more=""):
        text = CASE + more
        if workload:
            text = text.replace("model: llama-2-70b", workload)
        path = tmp_path / "sizes.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return change


def told(path):
    return [str(problem) for problem in case_problems(path)[1] if problem.severity == "error"]


def test_a_training_run_gets_the_central_gpu_hours(read):
    case = as_of(read_case(read()), None)
    ready, (sizing,) = sized(case)
    wanted = estimate_training(TrainQuestion(model="llama-2-70b", sku="h100-sxm")).gpu_hours
    assert sizing.size == wanted
    assert ready.workloads[0].work_gpu_hours == wanted.central_quantity
    assert ready.workloads[0].model is None
    assert problems(ready) == ()


def test_doing_it_again_changes_nothing(read):
    ready, _ = sized(as_of(read_case(read()), None))
    assert sized(ready) == (ready, ())
    assert case_digest(sized(ready)[0]) == case_digest(ready)


def test_a_case_without_models_is_left_as_it_is(read):
    case = read_case(read("work_gpu_hours: 100"))
    assert sized(case) == (case, ())


def test_tokens_come_before_the_catalogues(read):
    _, (sizing,) = sized(read_case(read("model: llama-2-70b, tokens: 1000000000000")))
    _, (whole,) = sized(read_case(read()))
    assert whole.size.central_quantity == pytest.approx(2 * sizing.size.central_quantity)


def test_a_repeated_run_has_no_end(read):
    ready, (sizing,) = sized(read_case(read("model: llama-2-70b, repeated: yes")))
    assert ready.workloads[0].work_gpu_hours is None
    assert not ready.workloads[0].repeated
    assert sizing.repeated


def test_a_service_gets_a_row_of_demand(read):
    words = (
        "form: serving, model: grok-1, users: 1000000, requests_per_user_day: 5, input_tokens: 1000, output_tokens: 400"
    )
    path = read(words)
    path.write_text(path.read_text().replace("form: training, ", ""))
    ready, (sizing,) = sized(read_case(path))
    assert [(row.workload, row.wanted_gpus, row.from_on) for row in ready.demand] == [
        ("run", sizing.size.central_quantity, date(2024, 1, 1))
    ]
    assert sizing.size.quantity_low < sizing.size.central_quantity < sizing.size.quantity_high
    assert problems(ready) == ()


def test_a_model_of_the_cases_own(read):
    own = "models: [{id: ours, total_params: 1000000000, source: us, confidence: ours}]\n"
    _, (sizing,) = sized(read_case(read("model: ours, tokens: 1000000000000", own)))
    flop = next(figure for figure in sizing.inputs if figure.name == "Model operations")
    assert flop.central_quantity == 6e21
    parameters = next(figure for figure in sizing.inputs if figure.name == "Parameters")
    assert (parameters.source, parameters.confidence) == ("us", "ours")


def test_what_the_planner_gave_has_the_source_of_its_row(read):
    _, (sizing,) = sized(read_case(read("model: llama-2-70b, tokens: 1000000000000, source: board, confidence: ours")))
    tokens = next(figure for figure in sizing.inputs if figure.name == "Tokens")
    assert (tokens.source, tokens.confidence) == ("board", "ours")


def test_the_version_of_the_day_counts(read):
    own = """models:
  - {id: ours, total_params: 1000000000}
  - {id: ours, total_params: 2000000000, known_on: 2024-03-01}
"""
    case = read_case(read("model: ours, tokens: 1000000000000", own))
    early, late = (sized(as_of(case, day))[1][0].size.central_quantity for day in (date(2024, 2, 1), date(2024, 3, 1)))
    assert late == pytest.approx(2 * early)


def test_as_of_a_day_the_catalogue_is_said_to_be_of_today(read):
    _, (sizing,) = sized(as_of(read_case(read()), date(2024, 2, 1)))
    assert any("not known yet" in note for note in sizing.notes)
    _, (now,) = sized(read_case(read()))
    assert not any("not known yet" in note for note in now.notes)


def test_the_reference_sku_may_have_another_name(read):
    path = read()
    path.write_text(
        path.read_text().replace("h100-sxm", "card").replace("kw_per_gpu: 1.4", "kw_per_gpu: 1.4, same_as: h100-sxm")
    )
    assert told(path) == []
    path.write_text(path.read_text().replace(", same_as: h100-sxm", ""))
    (problem,) = told(path)
    assert "workloads[0].model" in problem
    assert "same_as" in problem


def test_an_unknown_model_is_told_before_an_unknown_sku(read):
    path = read("model: llama-2-71b")
    path.write_text(path.read_text().replace("h100-sxm", "card"))
    (problem,) = told(path)
    assert "did you mean llama-2-70b" in problem


def test_tokens_as_people_write_them_are_told_in_full(read):
    assert any("write 2000000000000" in text for text in told(read("model: llama-2-70b, tokens: 2T")))


def test_gpu_hours_are_those_of_the_sku_whose_ratio_is_one(read):
    path = read()
    skus = "skus: [{id: h100-sxm, site_kw_per_gpu: 1.4, throughput_ratio: {training: 3}}, {id: a100-sxm, site_kw_per_gpu: 1}]"
    path.write_text(path.read_text().replace("skus: [{id: h100-sxm, site_kw_per_gpu: 1.4}]", skus))
    _, (sizing,) = sized(read_case(path))
    assert sizing.size == estimate_training(TrainQuestion(model="llama-2-70b", sku="a100-sxm")).gpu_hours


@pytest.mark.parametrize(
    ("workload", "where", "words"),
    [
        ("model: llama-2-71b", "workloads[0].model", "did you mean llama-2-70b"),
        ("model: llama-2-70b, work_gpu_hours: 5", "workloads[0].work_gpu_hours", "keep one"),
        ("model: llama-2-70b, users: 5", "workloads[0].users", "is for serving"),
        ("tokens: 1000", "workloads[0].tokens", "names none"),
        ("repeated: yes", "workloads[0].repeated", "names none"),
        ("users: 7", "workloads[0].users", "names none"),
        ("model: grok-1.5, tokens: 1000", "workloads[0].tokens", "not published"),
        ("model: mixtral-8x22b", "workloads[0].tokens", "give the tokens"),
        ("model: llama-2-70b, tokens: 0", "workloads[0].tokens", "above 0"),
    ],
)
def test_problems_have_their_places(read, workload, where, words):
    assert any(where in text and words in text for text in told(read(workload)))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("model: grok-1", "nothing says `users`"),
        ("model: grok-1, users: 5", "`requests_per_user_day`"),
        ("model: grok-1, users: 5, mean_tokens_per_second: 3", "keep one of the two"),
        ("model: grok-1, tokens: 5, mean_tokens_per_second: 3", "tokens is for training"),
        ("model: grok-3, mean_tokens_per_second: 3", "not published"),
        ("model: grok-1, mean_tokens_per_second: 1000000000000", "beyond reason"),
    ],
)
def test_problems_of_services(read, fields, words):
    path = read(fields)
    path.write_text(path.read_text().replace("form: training", "form: serving"))
    assert any(words in text for text in told(path))


def test_a_demand_beside_a_model_is_refused(read):
    path = read(
        "model: grok-1, mean_tokens_per_second: 3",
        "demand: [{id: d, workload: run, from_on: 2024-01-01, wanted_gpus: 3}]\n",
    )
    path.write_text(path.read_text().replace("form: training", "form: serving"))
    assert any("states its demand too" in text for text in told(path))


def test_an_own_model_that_contradicts_itself_is_told_at_its_row(read):
    own = "models: [{id: ours, total_params: 1000, active_params: 2000}]\n"
    (problem,) = told(read("model: ours, tokens: 1000", own))
    assert "models[0]" in problem
    assert "more than the 1,000" in problem


def test_planning_refuses_what_the_day_did_not_know(read):
    own = "models: [{id: ours, total_params: 1000000000, known_on: 2024-06-01}]\n"
    case = read_case(read("model: ours, tokens: 1000000000000", own))
    assert sizing_problems(case) == ()
    with pytest.raises(InvalidCase) as caught:
        plan(case, as_of=date(2024, 3, 1))
    assert any("no model is called `ours`" in problem.message for problem in caught.value.problems)


def test_a_plan_is_of_the_size_and_its_check_too(read, tmp_path):
    path = read()
    found = plan(read_case(path), runs=("alone",))
    (work,) = found.plans[0].workloads
    assert work.wanted_gpu_hours == pytest.approx(found.sizings[0].size.central_quantity)
    assert found.plans[0].case_digest == case_digest(found.case)
    # From Python the case may be the one that was read, as of its day.
    assert check(as_of(read_case(path), None), found.plans[0]) == ()
    written = write_dossier(found, tmp_path / "out")
    assert check_plan(path, written.plan, None) == ()
    # More tokens make it another case, and the plan says so.
    path.write_text(path.read_text().replace("model: llama-2-70b", "model: llama-2-70b, tokens: 3000000000000"))
    assert [problem.place for problem in check_plan(path, written.plan, None) if problem.place == "case"] == ["case"]
    assert export_program(path, tmp_path / "program.lp", "alone", None).exists()


@pytest.mark.parametrize("form", ["folder", "workbook", "yaml"])
def test_models_and_sizes_are_written_and_read_back(shipped_redirect, tmp_path, form):
    if form == "folder":
        target = tmp_path / "copy"
        write_case(shipped_redirect, target)
    elif form == "workbook":
        target = tmp_path / "copy.xlsx"
        write_workbook(shipped_redirect, target)
    else:
        target = tmp_path / "copy.yaml"
        target.write_text(yaml_text(plain(shipped_redirect)), encoding="utf-8")
    assert read_case(target) == shipped_redirect
