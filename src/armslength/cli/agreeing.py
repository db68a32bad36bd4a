"""`armslength agree`: calls the service, prints what it returns."""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from rich.console import Console

from armslength.cli.book_options import default_store
from armslength.cli.progress import Progress
from armslength.connectors.agreement_file import read_register
from armslength.errors import InputError
from armslength.governance.disclosure import rules
from armslength.governance.presets import policies as shipped
from armslength.governance.presets import policy
from armslength.model.acts import ClosedOut, Failure, Poll, Recall, Recusal, Refusal, Vote
from armslength.model.disclosure import Disclosure
from armslength.proof.statement import digest_of
from armslength.render.agreement import (
    agreement_json,
    agreement_lines,
    disclosure_lines,
    policies_table,
    policy_lines,
    print_lines,
)
from armslength.service import agreeing, proposing
from armslength.service.agreeing import Seen
from armslength.service.agreement_rows import disclosures, now
from armslength.service.book_store import open_books
from armslength.store.books import Books

MICRO = 1_000_000


def agree(parsed: argparse.Namespace) -> int:
    """Runs one step."""
    if parsed.step == "policies":
        return _policies(parsed)
    with open_books(_existing(parsed.db or default_store())) as books:
        if parsed.step == "list":
            return _list(parsed, books)
        if parsed.step == "disclosures":
            return _disclosures(parsed, books)
        seen = _STEPS[parsed.step](parsed, books)
    if parsed.json:
        print(agreement_json(seen.state, seen.conditions, seen.certificates))
    else:
        print_lines(agreement_lines(seen.state, seen.conditions, seen.certificates), Console())
    return 0


def _existing(url: str) -> str:
    """Returns the address of books; a file must be there already, so that a slip of the keys makes no empty books."""
    if not url.startswith(("postgresql:", "memory:")) and not Path(url.removeprefix("sqlite:")).is_file():
        raise InputError(
            f"{url}: there are no books", hint="`armslength book init` makes some; or name others with --db"
        )
    return url


def _propose(parsed: argparse.Namespace, books: Books) -> Seen:
    plan, mark, deals = parsed.what.partition("#")
    if mark:
        names = tuple(name.strip() for name in deals.split(",") if name.strip())
        if not names:
            raise InputError(f"{parsed.what}: no deal is named", hint="write PLAN#DEAL, or PLAN#* for all its deals")
        key = proposing.signing_key(parsed.key) if parsed.key else None
        with Progress() as progress:
            progress.say("checking the plan again")
            draft = proposing.draft_from_plan(Path(plan), names, now(), key=key, agreement=parsed.id)
    else:
        draft = proposing.draft_from_file(Path(parsed.what))
    attached = tuple(_attached(text) for text in parsed.evidence)
    draft = replace(draft, documents=(*draft.documents, *attached))
    changes: dict[str, object] = {}
    if parsed.condition:
        changes["conditions"] = tuple(dict.fromkeys(parsed.condition))
    if parsed.effective_on:
        changes["effective_on"] = parsed.effective_on
    if parsed.beneficiary:
        changes["beneficiaries"] = tuple(dict.fromkeys(parsed.beneficiary))
    if parsed.observer:
        changes["observers"] = tuple(dict.fromkeys(parsed.observer))
    chosen = dict(_pair(text, "ORG=POLICY") for text in parsed.policy)
    return proposing.propose(books, draft, parsed.org, parsed.person, now(), policies=chosen, changes=changes)


def _attached(text: str) -> tuple[str, str, bytes]:
    kind, name = _pair(text, "KIND=FILE")
    try:
        return kind, Path(name).name, Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}", hint="check the name") from None


def _pair(text: str, form: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not (name and mark and value):
        raise InputError(f"{text!r} should read {form}")
    return name, value


def _show(parsed: argparse.Namespace, books: Books) -> Seen:
    return agreeing.look(books, parsed.agreement, parsed.org, now())


def _approve(parsed: argparse.Namespace, books: Books) -> Seen:
    after = parsed.step == "ratify"
    return agreeing.approve(books, parsed.agreement, parsed.org, parsed.person, now(), note=parsed.note, after=after)


def _reject(parsed: argparse.Namespace, books: Books) -> Seen:
    act = Refusal(person=parsed.person, proposal=_version(parsed, books), note=parsed.note)
    return agreeing.said(books, parsed.agreement, parsed.org, "reject", act, now())


def _recuse(parsed: argparse.Namespace, books: Books) -> Seen:
    version = _version(parsed, books)
    act = Recusal(person=parsed.person, proposal=version, note=parsed.note, organisation=parsed.org)
    return agreeing.said(books, parsed.agreement, parsed.org, "recuse", act, now())


def _declare(parsed: argparse.Namespace, books: Books) -> Seen:
    register = read_register(parsed.file)
    return agreeing.declare(books, parsed.agreement, parsed.org, parsed.person, register, now())


def _vote(parsed: argparse.Namespace, books: Books) -> Seen:
    state = agreeing.look(books, parsed.agreement, parsed.org, now()).state
    _, _, content = _attached(f"proxy={parsed.informed_by}")
    act = Vote(
        person=parsed.person,
        proposal=state.version.digest,
        policy=agreeing.policy_digest(state, parsed.org),
        for_count=parsed.for_count,
        against_count=parsed.against_count,
        abstained_count=parsed.abstained_count,
        outstanding_count=parsed.outstanding_count or 1,
        excluded=tuple(name.strip() for name in parsed.excluded.split(",") if name.strip()),
        informed_by=digest_of(content),
    )
    return agreeing.vote(books, parsed.agreement, parsed.org, act, now())


def _execute(parsed: argparse.Namespace, books: Books) -> Seen:
    return agreeing.execute(books, parsed.agreement, parsed.org, parsed.person, now())


def _recall(parsed: argparse.Namespace, books: Books) -> Seen:
    act = Recall(person=parsed.person, proposal=_version(parsed, books), leg=parsed.leg, due_on=parsed.by)
    return agreeing.said(books, parsed.agreement, parsed.org, "recall", act, now())


def _return(parsed: argparse.Namespace, books: Books) -> Seen:
    return agreeing.deliver(
        books, parsed.agreement, parsed.org, parsed.person, parsed.leg, now(), amount=parsed.amount, on=parsed.on
    )


def _settle(parsed: argparse.Namespace, books: Books) -> Seen:
    return agreeing.settle(
        books, parsed.agreement, parsed.org, parsed.person, parsed.payment, now(), amount=parsed.amount
    )


def _fail(parsed: argparse.Namespace, books: Books) -> Seen:
    state = agreeing.look(books, parsed.agreement, parsed.org, now()).state
    leg = state.leg(parsed.leg)
    missing = state.open_amount(leg) if leg else 1
    act = Failure(person=parsed.person, proposal=state.version.digest, leg=parsed.leg, missing_count=max(1, missing))
    return agreeing.said(books, parsed.agreement, parsed.org, "fail", act, now())


def _close_out(parsed: argparse.Namespace, books: Books) -> Seen:
    state = agreeing.look(books, parsed.agreement, parsed.org, now()).state
    prices = {}
    for text in parsed.price:
        unit, value = _pair(text, "UNIT=N")
        if not value.isdigit():
            raise InputError(f"{text!r}: the price is no whole number of hundredths")
        prices[unit] = int(value)
    evidence = None
    if parsed.evidence:
        _, _, content = _attached(f"price={parsed.evidence}")
        evidence = agreeing.attach(books, parsed.agreement, parsed.org, content)
    legs = tuple(parsed.legs) or tuple(leg.id for leg in state.terms.legs if state.open_amount(leg))
    if not legs:
        raise InputError(f"{parsed.agreement}: nothing is open that could be closed out")
    default: Literal["event_of_default", "mini_close_out"] = "mini_close_out" if parsed.legs else "event_of_default"
    act = ClosedOut(
        person=parsed.person,
        proposal=state.version.digest,
        legs=legs,
        reason="buy_in" if parsed.buy_in else default,
        prices_count={**state.terms.close_out_price_count, **prices},
        currency=parsed.currency,
        evidence=evidence,
    )
    return agreeing.close_out(books, parsed.agreement, parsed.org, act, now())


def _poll(parsed: argparse.Namespace, books: Books) -> Seen:
    share = parsed.share_for
    if share is not None and not 0 <= share <= 1:
        raise InputError(f"--share-for {share:g} is not between 0 and 1")
    act = Poll(
        person=parsed.person,
        proposal=_version(parsed, books),
        question=parsed.question,
        asked=parsed.asked,
        for_count=parsed.for_count,
        against_count=parsed.against_count,
        for_micro_count=None if share is None else round(share * MICRO),
    )
    return agreeing.said(books, parsed.agreement, parsed.org, "poll", act, now())


def _version(parsed: argparse.Namespace, books: Books) -> str:
    return agreeing.look(books, parsed.agreement, parsed.org, now()).state.version.digest


_STEPS: dict[str, Callable[[argparse.Namespace, Books], Seen]] = {
    "propose": _propose,
    "show": _show,
    "approve": _approve,
    "ratify": _approve,
    "reject": _reject,
    "recuse": _recuse,
    "declare": _declare,
    "vote": _vote,
    "execute": _execute,
    "recall": _recall,
    "return": _return,
    "settle": _settle,
    "fail": _fail,
    "close-out": _close_out,
    "poll": _poll,
}


def _policies(parsed: argparse.Namespace) -> int:
    rows = (policy(parsed.id),) if parsed.id else shipped()
    if parsed.json:
        print(json.dumps([row.model_dump(mode="json") for row in rows], indent=2))
    elif parsed.id:
        print_lines(policy_lines(rows[0]), Console())
    else:
        Console().print(policies_table(rows))
    return 0


def _list(parsed: argparse.Namespace, books: Books) -> int:
    found = agreeing.overview(books, parsed.org, now())
    if parsed.json:
        print(json.dumps([{"agreement": name, "status": word} for name, word in found], indent=2))
    else:
        print("\n".join(f"{name}: {word}" for name, word in found) or f"{parsed.org} has no agreement here.")
    return 0


def _disclosures(parsed: argparse.Namespace, books: Books) -> int:
    rows = disclosures(books, parsed.org, now())
    if parsed.json:
        print(json.dumps([row.model_dump(mode="json") for row in rows], indent=2))
    elif parsed.csv:
        _write_csv(rows)
    else:
        lines = disclosure_lines(rows, {rule.id: rule.name for rule in rules()})
        print_lines(lines or [f"{parsed.org}: no relation is declared in any of its agreements, so no row."], Console())
        if lines:
            print_lines(
                ["A draft for those who answer for it: whether a row must be disclosed is for counsel."], Console()
            )
    return 0


def _write_csv(rows: Iterable[Disclosure]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(Disclosure.model_fields)
    for row in rows:
        values = row.model_dump(mode="json").values()
        writer.writerow(["; ".join(value) if isinstance(value, list) else value for value in values])
