"""A planner's own models from a TOML file, good and bad."""

import pytest

from armslength.connectors.catalogue_file import read_models
from armslength.errors import InputError

GOOD = """
[[models]]
id = "ours"
structure = "moe"
total_params = 30e9
active_params = 6e9
released_on = 2027-01-01

[[models.grounds]]
fields = ["total_params", "active_params"]
source = "our design"
confidence = "ours"
"""


def write(tmp_path, text):
    path = tmp_path / "ours.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(tmp_path, text):
    with pytest.raises(InputError) as caught:
        read_models(write(tmp_path, text))
    return str(caught.value)


def test_a_good_file(tmp_path):
    (model,) = read_models(write(tmp_path, GOOD))
    assert (model.id, model.active_params, model.grounds[0].source) == ("ours", 6e9, "our design")


def test_a_byte_order_mark_does_no_harm(tmp_path):
    assert read_models(write(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[models]]\nid = ", "this is not TOML"),
        (b"\xff\xfe", "not UTF-8"),
        ("", "no list `models`"),
        ("models = 3", "no list `models`"),
        ("[[model]]\nid = 'a'", "no list `models`"),
        ("[[models]]\nname = 'a'", "models[0].id: `id` is missing"),
        ("[[models]]\nid = 'a'\nlayers = 3", "models[0].layers: `layers` is not a field; the field is `layers_count`"),
        ("[[models]]\nid = 'a'\nparams_total = 3", "is not a field"),
        ("[[models]]\nid = 'a'\ntotal_params = '3B'", "models[0].total_params: input should be a valid number"),
        ("[[models]]\nid = 'a'\ntotal_params = -1", "greater than 0"),
        ("[[models]]\nid = 'a'\ntotal_params = 1.0\nactive_params = 2.0", "more than the 1"),
        ("[[models]]\nid = 'a'\n[[models]]\nid = 'a'", "stands twice"),
        ("other = 1\n[[models]]\nid = 'a'", "`other` is not `models`"),
    ],
)
def test_bad_files_say_what_and_where(tmp_path, text, words):
    assert words in refusal(tmp_path, text)


def test_all_problems_are_told_at_once(tmp_path):
    text = refusal(tmp_path, "[[models]]\nid = 'a'\nx = 1\n[[models]]\nid = 'b'\nlayers_count = 'many'")
    assert "models[0].x" in text
    assert "models[1].layers_count" in text


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_models(tmp_path / "none.toml")
