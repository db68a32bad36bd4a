"""A lot that waits for its owner's hall, and is swapped with a friend who has room."""

from datetime import date

from armslength.model.agreement import Agreement, Leg
from armslength.model.case import Case, Horizon
from armslength.model.demand import Workload
from armslength.model.noun import on_day
from armslength.model.supply import Lot, Organisation, Site, Sku, Step

# The hall opens on 1 July 2024, 182 days after the first lot and 122 after the second.
OPENS, FIRST, SECOND = date(2024, 7, 1), date(2024, 1, 1), date(2024, 3, 1)


def waiting_case(opens=OPENS, hall_mw=1.5, model="llama-2-70b", **more):
    return Case(
        id="waiting",
        horizon=Horizon(start_on=FIRST, end_on=date(2025, 1, 1), grid="month"),
        organisations=(Organisation(id="owner"), Organisation(id="friend")),
        skus=(Sku(id="h100-sxm", site_kw_per_gpu=1.0),),
        lots=(
            Lot(id="first", sku="h100-sxm", gpus=1000, owner="owner", expected_on=on_day(FIRST)),
            Lot(id="second", sku="h100-sxm", gpus=500, owner="owner", expected_on=on_day(SECOND)),
            Lot(id="back", sku="h100-sxm", gpus=1000, owner="friend", expected_on=on_day(OPENS)),
        ),
        sites=(Site(id="hall", owner="owner"), Site(id="room", owner="friend")),
        steps=(
            Step(id="hall-opens", site="hall", from_on=on_day(opens), power_mw=hall_mw),
            Step(id="room-opens", site="room", from_on=on_day(FIRST), power_mw=1.0),
        ),
        workloads=(
            Workload(id="run", owner="owner", form="training", work_value_per_gpu_hour=2.0, model=model, repeated=True),
            Workload(id="other", owner="friend", form="training", work_value_per_gpu_hour=2.0),
        ),
        agreements=(Agreement(id="swap", kind="slot_swap", parties=("owner", "friend"), state="in_force"),),
        legs=(
            Leg(id="out", agreement="swap", giver="owner", taker="friend", lot="first", gpus=1000),
            Leg(id="back", agreement="swap", giver="friend", taker="owner", lot="back", gpus=1000),
        ),
        **more,
    )
