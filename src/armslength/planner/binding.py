"""The rules of a plan that hold with no room to spare, in words, with the worth of one more unit."""

import numpy as np

from armslength.model.case import Case
from armslength.model.names import names_of
from armslength.model.plan import Binding
from armslength.planner.linear import Answer
from armslength.planner.tables import Labels, Tables

BINDINGS_MAX = 400
SMALL_VALUE = 1e-6

# Family -> (unit of one more, sentence). {0}, {1} ... are the parts of the row's key; the last is the period.
SENTENCES: dict[str, tuple[str, str]] = {
    "received": (
        "accelerator received by then",
        "Every accelerator of {0} received by the period of {1} is installed.",
    ),
    "power": ("MW from then on", "All power of {0} is taken by the end of the period of {1}."),
    "slots": ("slot from then on", "All slots of {0} are taken by the end of the period of {1}."),
    "power_in_use": ("MW in the period", "Power limits use at {0} in the period of {1}."),
    "slots_in_use": ("slot in the period", "Slots limit use at {0} in the period of {1}."),
    "goes_dark": ("MW in the period", "The fall of power limits use at {0} in the period of {1}."),
    "hosted": (
        "accelerator hosted in the period",
        "The hosting of {0} at {1} limits use in the period of {2}.",
    ),
    "commissioning": (
        "accelerator commissioned in the period",
        "The crew of {0} commissions all it can in the period of {1}.",
    ),
    "usable": (
        "usable accelerator in the period",
        "Every usable accelerator of {0} at {1} works in the period of {2}.",
    ),
    "in_turn": (
        "accelerator in the period",
        "The day of receipt limits use of {0} at {1} in the period of {2}.",
    ),
    "after_rise": ("accelerator in the period", "The day of receipt limits use of {0} in the period of {1}."),
    "crew_pace": ("accelerator ready at once", "The crew of {0} takes its time in the period of {1}."),
    "in_time": ("accelerator in the period", "The day of receipt limits use of {0} in the period of {1}."),
    "use_right": (
        "accelerator in the period",
        "The taker of {0} uses all that is set aside for it in the period of {3}.",
    ),
    "agreed_use": ("accelerator in the period", "All that {0} grants is set aside in the period of {1}."),
    "gang_size": ("accelerator in the gang", "{0} runs at its largest size in the period of {1}."),
    "demand": ("accelerator wanted", "All demand of {0} is served in the period of {1}."),
    "starts": ("accelerator in the period", "The start day limits {0} in the period of {3}."),
    "work": ("GPU-hour of work", "{0} is finished; more of its work would have been done."),
    "no_detriment": (
        "unit of money promised",
        "{0} gains nothing itself; keeping it as well off as alone costs the others.",
    ),
}


def bindings(case: Case, tables: Tables, labels: Labels, answer: Answer) -> list[Binding]:
    """Returns the binding rules with their prices, dearest first, at most a few hundred."""
    names = names_of(case)
    days = {day: index for index, day in enumerate(labels.periods)}
    found: list[Binding] = []
    order = np.argsort(-answer.duals, kind="stable")
    for row in order:
        if answer.duals[row] <= SMALL_VALUE or len(found) >= BINDINGS_MAX:
            break
        family, key = answer.program.family_of(int(row))
        if family not in SENTENCES:
            continue
        unit, sentence = SENTENCES[family]
        found.append(
            Binding(
                family=family,
                key=key,
                period_index=days.get(key[-1]),
                marginal_value=float(answer.duals[row]),
                unit=unit,
                text=sentence.format(*(names.get(part, part) for part in key)),
            )
        )
    return found
