"""`armslength demand`: what it prints, what it writes, what it refuses."""

import json
import xml.etree.ElementTree as ET

import pytest

from armslength.model.estimate import ServeEstimate, TrainEstimate

TRAIN = ("demand", "train", "--model", "grok-1", "--tokens", "6.2T", "--gpus", "12000", "--sku", "h100-sxm")
SERVE = (
    *("demand", "serve", "--model", "grok-1", "--users", "1M", "--requests-per-user-day", "5"),
    *("--input-tokens", "1000", "--output-tokens", "400"),
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("train", (*TRAIN, "--start", "2024-01-01")),
        ("train-recompute", ("demand", "train", "--params", "70B", "--tokens", "15T", "--recompute", "--price", "2")),
        (
            "train-finish-by",
            ("demand", "train", "--flops", "2.96e25", "--start", "2027-01-01", "--finish-by", "2027-04-01"),
        ),
        ("serve", SERVE),
        ("models", ("demand", "models")),
        ("model", ("demand", "models", "deepseek-v3")),
        ("runs", ("demand", "models", "--runs")),
        ("skus", ("demand", "models", "--skus")),
    ],
)
def test_what_it_prints(armslength, golden, name, words):
    ran = armslength(*words)
    assert (ran.code, ran.err) == (0, "")
    golden(f"demand/{name}.txt", ran.out)


def test_json_holds_every_figure_with_its_source(armslength):
    estimate = TrainEstimate.model_validate_json(armslength(*TRAIN, "--json").out)
    assert estimate.gpu_hours.quantity_low < estimate.gpu_hours.central_quantity < estimate.gpu_hours.quantity_high
    assert all(figure.source for figure in estimate.inputs)
    assert len(ServeEstimate.model_validate_json(armslength(*SERVE, "--json").out).hours) == 24


def test_json_of_the_catalogue(armslength):
    rows = json.loads(armslength("demand", "models", "--json").out)
    assert {"grok-1", "llama-3.1-405b"} <= {row["id"] for row in rows}
    assert json.loads(armslength("demand", "models", "--runs", "--json").out)[0]["inside"] is True


@pytest.mark.parametrize(("name", "words"), [("train", TRAIN), ("serve", SERVE)])
def test_a_chart_is_one_svg_file(armslength, golden, tmp_path, name, words):
    ran = armslength(*words, "--plot", "chart.svg")
    assert ran.out.splitlines()[-1] == "Chart: chart.svg"
    text = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    # It needs nothing else: no address but the name of its own language.
    assert text.count("http") == 1
    golden(f"demand/{name}.svg", text)


def test_a_chart_of_another_kind_is_refused(armslength):
    ran = armslength(*TRAIN, "--plot", "chart.png")
    assert ran.code == 2
    assert "name it chart.svg" in ran.err


def test_models_of_ones_own(armslength, tmp_path):
    (tmp_path / "ours.toml").write_text('[[models]]\nid = "ours"\ntotal_params = 7e9\nsource = "our design"\n')
    ran = armslength("demand", "train", "--model", "ours", "--tokens", "1T", "--models", "ours.toml")
    assert ran.code == 0
    assert "our design" in ran.out
    assert "ours" in armslength("demand", "models", "--models", "ours.toml").out
    assert "our design" in armslength("demand", "models", "ours", "--models", "ours.toml").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("train", "--params", "10B", "--active", "20B", "--tokens", "1T"), "more than the 10,000,000,000 there are"),
        (("train", "--model", "grok-1", "--tokens", "1T", "--gpus", "0"), "gpus is zero"),
        (
            ("train", "--model", "grok-1", "--tokens", "1T", "--sku", "a100-sxm", "--precision", "fp8"),
            "no known peak for fp8",
        ),
        (("train", "--model", "grok1", "--tokens", "1T"), "did you mean grok-1"),
        (("train",), "nothing says what is trained"),
        (("serve", "--model", "grok-1"), "nothing says how many users"),
        (("models", "grok1"), "did you mean grok-1"),
        (("train", "--model", "grok-1", "--models", "none.toml"), "cannot be read"),
    ],
)
def test_bad_input_is_told_and_leaves_with_two(armslength, words, told):
    ran = armslength("demand", *words)
    assert ran.code == 2
    assert ran.out == ""
    assert told in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("train", "--tokens", "6.2X"), "is not an amount"),
        (("train", "--gpus", "1.5"), "is not a whole number"),
        (("train", "--finish-by", "soon"), "is not a day"),
        (("serve", "--curve", "a,b"), "is not a list of numbers"),
        ((), "QUESTION"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_usage(armslength, words, told):
    ran = armslength("demand", *words)
    assert ran.code == 2
    assert told in ran.err


def test_a_run_to_finish_by_a_day_begins_today(armslength):
    ran = armslength("demand", "train", "--model", "grok-2", "--finish-by", "2149-01-01", "--json")
    assert TrainEstimate.model_validate_json(ran.out).gpus is not None
    assert "not after the start" in armslength("demand", "train", "--model", "grok-2", "--finish-by", "2001-01-01").err
