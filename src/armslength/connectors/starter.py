"""A first case to change: small, commented, complete, and readable without a problem."""

from os import PathLike
from pathlib import Path

from armslength.errors import InputError

CASE_YAML = """\
# A case: who has ordered what, which halls are powered when, what everyone wants to run, what was agreed.
# Change it, then run `armslength check` and `armslength plan` on this folder.
# `armslength fields` lists every field with its unit.
#
# Dates: exact (2025-06-01), vague (2025-06, 2025-Q2, 2025-H1, 2025), or three days: early/likely/late.
# Numbers stand without units and without marks between thousands; the end of a field's name says the unit.
# Every row may also say where it is from: known_on, source, confidence, note.

id: starter
title: Two organisations and a late hall
description: >-
  North has accelerators coming and no hall to power them in until autumn. South has powered room to spare.
currency: USD

horizon:
  start_on: 2025-01-01
  end_on: 2026-01-01 # the first day no longer planned
  grid: month # or week, or four_weeks

# The rules under which the organisations may share.
sharing:
  no_detriment: money # nobody is worse off than alone, payments counted; or in_kind, or both
  split: equal_gain # or shapley, nucleolus, proportional
  # deal_gpus_min: 100 # the smallest agreement

organisations:
  - id: north
    name: North Works
    listed: true
  - id: south
    name: South Labs
    # Shares held in others; they are shown, and not planned with.
    owns:
      - {organisation: north, share_frac: 0.1, from_on: 2024-01-01}

# Accelerator models. Power is counted at the site's meter, cooling and losses included.
skus:
  - id: h100
    name: H100
    site_kw_per_gpu: 1.4
    throughput_ratio: {training: 1, serving: 1} # relative to the reference SKU, which has 1
    capital_price_per_gpu: 33750
    depreciation_years: 5

# `lots` stand in lots.csv beside this file: any table may stand in a CSV file of its name, or here, or both.

sites:
  - id: north-hall
    owner: north
    commissioning_gpus_per_week: 2000
    burn_in_days: 3
  - id: south-hall
    owner: south
    commissioning_gpus_per_week: 1000
    burn_in_days: 3

# Power and slots from a day on: the whole level, not an increase.
steps:
  - id: north-hall-opens
    site: north-hall
    from_on: 2025-08-01/2025-09-01/2025-12-01 # early, likely, late
    power_mw: 7
  - id: south-hall-room
    site: south-hall
    from_on: 2025-01-01
    power_mw: 4.2
    gpu_slots: 3000

# What is energised when the horizon starts.
stock:
  - {id: south-running, site: south-hall, owner: south, sku: h100, gpus: 500}

workloads:
  - id: north-model
    owner: north
    form: training
    work_gpu_hours: 14000000 # or, instead: model: ours-30b, and its tokens: 2000000000000
    gang_gpus_min: 500 # runs on no fewer at a time
    due_on: 2025-12-01
    lateness_cost_per_week: 200000
  - id: south-service
    owner: south
    form: serving
    work_value_per_gpu_hour: 3 # without a stated value: the market price

# Models of your own, beside those that `armslength demand models` lists. A workload may name one instead of GPU-hours.
models:
  - {id: ours-30b, name: Our next model, structure: moe, total_params: 30000000000, active_params: 6000000000}

# What services want from a day on.
demand:
  - {id: south-service-1, workload: south-service, from_on: 2025-01-01, wanted_gpus: 500}
  - {id: south-service-2, workload: south-service, from_on: 2025-07-01, wanted_gpus: 1500}

# What was agreed. Legs say what moves; `armslength plan --as-agreed` judges it.
agreements:
  - id: guests
    name: North's accelerators in South's hall
    kind: hosting # or redirect, slot_swap, loan, capacity_lease, contribution
    parties: [north, south]
    state: in_force
    agreed_on: 2025-01-10
legs:
  - id: guests-h100
    agreement: guests
    giver: north # gives custody; the use stays with it
    taker: south
    sku: h100
    site: south-hall
    gpus: 1000
    from_on: 2025-02-01
    until_on: 2025-10-01
settlements:
  - id: guests-rent
    agreement: guests
    payer: north
    payee: south
    amount_cost: 1500000
    paid_on: 2025-02-01

# What else moves between them: people, data, money, compute, equity. Only what is done is booked.
transfers:
  - id: south-engineers
    kind: people
    giver: south
    taker: north
    unit: people
    moved_quantity: 3
    paid_cost: 0
    state: done
    moved_on: 2025-03-01
    due_back_on: 2025-10-01

# Who decides, where they sit, and who controls or owns whom: an agreement asks those who stand on one side only.
persons:
  - {id: ada, name: A. Example}
roles:
  - {id: ada-north, person: ada, organisation: north, kind: director, committee: audit}
links:
  - {id: south-in-north, holder: south, target: north, kind: owns, share_frac: 0.1, from_on: 2024-01-01}

# What was said in public. Ordered, received and energised are different things and are never mixed.
statements:
  - id: north-by-summer
    organisation: north
    speaker: North's chief executive
    said_on: 2025-01
    quote: four thousand running by summer
    metric: energised
    claimed_quantity: 4000
    by_on: 2025-Q2
    forward_looking: true
    source: letter

# Market prices of a GPU-hour, with the range that sources give.
prices:
  - id: h100-2025
    sku: h100
    from_on: 2025-01-01
    market_price_per_gpu_hour: 2.5
    market_price_per_gpu_hour_low: 2
    market_price_per_gpu_hour_high: 3

# Other realistic options that an organisation has without the others of this case.
alternatives:
  - id: north-rents
    organisation: north
    kind: rent # or hosting
    sku: h100
    offered_gpus: 500
    from_on: 2025-03-01
    use_price_per_gpu_hour: 3.2

assumptions:
  - id: no-spare-room
    text: North has no other powered room.
    unit: MW
    central_quantity: 0
    range_quantity_low: 0
    range_quantity_high: 1
    reason: No source speaks of any.

sources:
  - {id: letter, title: "North Works, letter to shareholders", published_on: 2025-01-15, confidence: A}

# What if: the verdict on what was agreed, while one fact varies or two.
questions:
  - id: day-of-the-hall
    text: How does North's gain turn on the day its hall opens?
    organisation: north
    vary:
      - step: north-hall-opens
        label: Day the hall opens
        dates_on: [2025-03-01, 2025-06-01, 2025-09-01, 2025-12-01]
"""

LOTS_CSV = """\
id,sku,gpus,owner,vendor,stage,expected_on,purchase_cost,known_on,source,confidence,note
north-1,h100,4000,north,A vendor,allocated,2025-01-15,135000000,,letter,A,
south-1,h100,1000,south,A vendor,reserved,2025-Q2,,,,assumption,"A vague date is planned at its middle day."
"""


def write_starter(folder: str | PathLike[str]) -> None:
    """Writes a commented starter case into a new or empty folder.

    Raises:
        InputError: when the folder holds something already, or cannot be written.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise InputError(f"{path}: the folder is not empty", hint="name a new folder")
        for name, text in (("case.yaml", CASE_YAML), ("lots.csv", LOTS_CSV)):
            (path / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}", hint="name another folder") from error
