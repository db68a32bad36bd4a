"""The options of `armslength agree`. Imports nothing heavy: help comes at once."""

import argparse
from datetime import date
from pathlib import Path

from armslength.cli.book_options import STORE_HELP


def add_agree(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `agree` with its steps."""
    agree = commands.add_parser(
        "agree", help="propose, approve and carry out agreements; nothing moves before its conditions"
    )
    steps = agree.add_subparsers(dest="step", required=True, metavar="STEP")
    _add_propose(steps)
    show = steps.add_parser("show", help="what is proposed, what each side still needs, what moved and is owed")
    _agreement(show, person=False)
    listed = steps.add_parser("list", help="the agreements that an organisation may read")
    _books(listed, person=False)
    _add_decisions(steps)
    _add_vote(steps)
    execute = steps.add_parser("execute", help="make it take effect, if every condition is met")
    _agreement(execute)
    _add_later(steps)
    _add_poll(steps)
    policies = steps.add_parser("policies", help="the shipped approval policies, or one of them in full")
    policies.add_argument("id", nargs="?", metavar="POLICY", help="policy to show in full")
    policies.add_argument("--json", action="store_true", help="print as JSON")
    rows = steps.add_parser("disclosures", help="rows of related-party disclosure: Item 404(a), ASC 850, IAS 24")
    _books(rows, person=False)
    rows.add_argument("--csv", action="store_true", help="print as CSV")


def _books(step: argparse.ArgumentParser, *, person: bool = True) -> None:
    step.add_argument("--as", dest="org", required=True, metavar="ORG", help="organisation in whose name")
    if person:
        step.add_argument("--person", required=True, metavar="PERSON", help="person who acts for it")
    step.add_argument("--db", default=None, metavar="URL", help=STORE_HELP)
    step.add_argument("--json", action="store_true", help="print as JSON")


def _agreement(step: argparse.ArgumentParser, *, person: bool = True) -> None:
    step.add_argument("agreement", metavar="AGREEMENT", help="id of the agreement")
    _books(step, person=person)


def _add_propose(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    propose = steps.add_parser("propose", help="propose terms, or a new version of them, which voids all approvals")
    propose.add_argument(
        "what", metavar="FILE|PLAN#DEAL", help="a YAML file, or plan.json (or its folder) with # and deals"
    )
    _books(propose)
    propose.add_argument("--id", metavar="ID", help="id of an agreement taken from a plan")
    propose.add_argument(
        "--policy",
        action="append",
        default=[],
        metavar="ORG=POLICY",
        help="policy of a party (default: the strictest that fits)",
    )
    propose.add_argument("--key", type=Path, metavar="FILE", help="private key that signs the plan's certificate")
    propose.add_argument(
        "--condition",
        action="append",
        default=[],
        choices=("committee_approval", "minority_vote"),
        help="make it depend on this approval, from the start",
    )
    propose.add_argument(
        "--effective-on", type=_day, metavar="DATE", help="day it takes effect (default: when executed)"
    )
    propose.add_argument("--beneficiary", action="append", default=[], metavar="ORG", help="another who gains by it")
    propose.add_argument("--observer", action="append", default=[], metavar="ORG", help="another who may read")
    propose.add_argument(
        "--evidence",
        action="append",
        default=[],
        metavar="KIND=FILE",
        help="attach a document, such as charter=charter.pdf",
    )


def _add_decisions(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, text in (
        ("approve", "a person says yes for a party, to this version and no other"),
        ("ratify", "as approve, after the day of effect; it is called a ratification for ever"),
        ("reject", "a person says no for a party; not to be taken back for this version"),
        ("recuse", "a person stands aside from the party's decision, for good"),
    ):
        step = steps.add_parser(name, help=text)
        _agreement(step)
        step.add_argument("--note", default="", metavar="TEXT", help="reasons, in words")
    declare = steps.add_parser("declare", help="make persons, roles and links known; never taken away again")
    _agreement(declare)
    declare.add_argument(
        "--from", dest="file", type=Path, required=True, metavar="FILE", help="YAML with persons, roles, links"
    )


def _add_vote(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    vote = steps.add_parser("vote", help="an inspector records the votes of disinterested stockholders")
    _agreement(vote)
    for name, text in (
        ("for", "votes for"),
        ("against", "votes against"),
        ("abstained", "abstentions"),
        ("outstanding", "all votes of those entitled to count"),
    ):
        vote.add_argument(f"--{name}", dest=f"{name}_count", type=_whole, required=True, metavar="N", help=text)
    vote.add_argument("--excluded", default="", metavar="A,B", help="interested holders who were left out")
    vote.add_argument(
        "--informed-by", required=True, metavar="FILE", help="the attached proxy statement they were given"
    )


def _add_later(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    recall = steps.add_parser("recall", help="the lender of an open loan asks for it back, with the notice agreed")
    _agreement(recall)
    recall.add_argument("leg", metavar="LEG", help="leg that is to be returned")
    recall.add_argument("--by", type=_day, required=True, metavar="DATE", help="day by which")
    back = steps.add_parser("return", help="deliver a leg, or a part of it; lateness costs what the terms say")
    _agreement(back)
    back.add_argument("leg", metavar="LEG", help="leg that is delivered")
    back.add_argument("--amount", type=_whole, metavar="N", help="how much (default: all that is open)")
    back.add_argument("--on", type=_day, metavar="DATE", help="day on which it happened (default: now)")
    settle = steps.add_parser("settle", help="pay what is owed, or a part of it")
    _agreement(settle)
    settle.add_argument("payment", metavar="PAYMENT", help="payment or debt, as `agree show` lists it")
    settle.add_argument("--amount", type=_whole, metavar="N", help="hundredths of the currency (default: all)")
    fail = steps.add_parser("fail", help="say that a leg was not delivered when due; no event of default by itself")
    _agreement(fail)
    fail.add_argument("leg", metavar="LEG", help="leg that was not delivered")
    close = steps.add_parser("close-out", help="debts in kind become debts in money: for failed legs, or for all")
    _agreement(close)
    close.add_argument("legs", nargs="*", metavar="LEG", help="failed legs (default: all, after an event of default)")
    close.add_argument(
        "--price", action="append", default=[], metavar="UNIT=N", help="price of one unit, hundredths of the currency"
    )
    close.add_argument("--currency", default="USD", metavar="CUR", help="currency of the prices (default USD)")
    close.add_argument("--buy-in", action="store_true", help="the price is what replacing it cost")
    close.add_argument("--evidence", type=Path, metavar="FILE", help="what the prices rest on, if none was agreed")


def _add_poll(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    poll = steps.add_parser("poll", help="keep the outcome of an advisory poll; it approves nothing")
    _agreement(poll)
    poll.add_argument("--question", required=True, metavar="TEXT", help="what was asked")
    poll.add_argument("--asked", required=True, metavar="TEXT", help="who was asked, and how")
    poll.add_argument("--for", dest="for_count", type=_whole, metavar="N", help="answers for")
    poll.add_argument("--against", dest="against_count", type=_whole, metavar="N", help="answers against")
    poll.add_argument(
        "--share-for", type=float, metavar="FRAC", help="share in favour, 0 to 1, where only that is known"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD, such as 2024-06-04") from None


def _whole(text: str) -> int:
    digits = text.replace(",", "").replace("_", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(digits)
