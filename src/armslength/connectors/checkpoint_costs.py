"""The named, dated tables of what a stop costs."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from armslength.model.replay import Sized


@lru_cache(maxsize=1)
def checkpoint_costs() -> dict[str, tuple[Sized, ...]]:
    """Returns the tables by name."""
    text = files("armslength").joinpath("data/checkpoint_costs.toml").read_text(encoding="utf-8")
    tables: list[dict[str, Any]] = tomllib.loads(text)["table"]
    return {
        table["name"]: tuple(
            Sized(upto_gpus=row.get("upto_gpus"), cost_seconds=row["cost_seconds"]) for row in table["rows"]
        )
        for table in tables
    }
