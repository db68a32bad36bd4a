"""Which approvals count, and whether a party has all that its policy asks for. Judged afresh each time, on a given day."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from armslength.governance.agreement import Agreement, Entered, Given
from armslength.governance.interest import Interest, dependence, interests
from armslength.governance.presets import HEADS, conflict_of
from armslength.model.acts import Vote
from armslength.model.governance import Conflict, Need, Role
from armslength.model.terms import Party

SIGNATORIES = ("director", "officer", "approver")
BODIES = {"signatories": SIGNATORIES, "board": ("director",), "committee": ("director",)}


@dataclass(frozen=True, slots=True)
class NeedStanding:
    """How far one need of a policy is met.

    Attributes:
        words: what is asked and what is there.
        attainable: whether it can still be met for this version.
    """

    need: Need
    met: bool
    words: str
    counted: tuple[str, ...] = ()
    attainable: bool = True


@dataclass(frozen=True, slots=True)
class PartyStanding:
    """How far a party is with its decision.

    Attributes:
        conflict: how its own people stand to the other sides.
        discounted: (person, why) for each approval that does not count.
        unmet: everything that is missing, in words.
    """

    party: Party
    conflict: Conflict
    needs: tuple[NeedStanding, ...]
    discounted: tuple[tuple[str, str], ...]
    unmet: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return not self.unmet

    @property
    def refused(self) -> bool:
        """Whether the party can no longer approve this version."""
        return any(not need.attainable for need in self.needs)


def standing(state: Agreement, party: Party, on: date) -> PartyStanding:
    """Returns how far a party is with its decision, judged with what is known in the records, on a day."""
    policy = party.policy
    reasons = [(given, why_not(state, party, given, on)) for given in state.approvals if _is_for(given, party)]
    counted = {given.act.person for given, why in reasons if not why}
    discounted = tuple((given.act.person, why) for given, why in reasons if why)
    conflict = conflict_of(state.register, party.organisation, state.sides(party, on), state.days(party, on))
    asked = [need for need in policy.needs if _asked(state, party, need, on)]
    needs = tuple(
        _vote(state, party, need, on) if need.body == "stockholders" else _persons(state, party, need, counted, on)
        for need in asked
    )
    unmet = [row.words for row in needs if not row.met]
    if not policy.binding:
        unmet.append(f"{policy.name}: it authorises nothing, whatever the answers were")
    elif not needs:
        unmet.append(f"the policy {policy.id} asks for no approval that applies here, so nobody can give it")
    if policy.recusal:
        unmet += [
            f"{person} has an interest ({found[0]}) and has not recused"
            for person, found in interested_heads(state, party, on)
            if not _recused(state, party, person)
        ]
    first = state.versions[0].proposal.terms.conditions
    unmet += [
        f"the first proposal was not conditioned on {name.replace('_', ' ')}"
        for name in policy.conditions
        if name not in first or name not in state.terms.conditions
    ]
    kinds = {row.kind for row in state.proposal.evidence}
    unmet += [f"no {kind.replace('_', ' ')} is attached" for kind in policy.evidence if kind not in kinds]
    return PartyStanding(party, conflict, needs, discounted, tuple(unmet))


def why_not(state: Agreement, party: Party, given: Given, on: date) -> str:
    """Returns why an approval does not count for a party, or an empty string."""
    person = given.act.person
    # One that names another version than the one in force when it was recorded is no approval at all: the fold drops it.
    if given.sequence < state.version.sequence:
        return "given for another version: terms, policies or evidence have changed since"
    if given.act.policy != state.policies.get(party.organisation):
        return "given under another policy"
    why = person_why_not(state, party, person, on, given.sequence)
    if why:
        return why
    effect = state.terms.effective_on
    late = effect is not None and given.on > effect
    if late and not given.after:
        return f"recorded on {given.on}, after the day of effect, {effect}: only a ratification can count now"
    if given.after and not late:
        return "a ratification before the day of effect; approve instead"
    return ""


def person_why_not(state: Agreement, party: Party, person: str, on: date, sequence: int | None = None) -> str:
    """Returns why a person cannot decide for a party, or an empty string.

    Args:
        on: day on which it is judged; ties are looked at from the first proposal up to it.
        sequence: place of the person's record; what was declared later gives no power to decide.
    """
    if not any(row.id == person for row in state.register.persons):
        return "nobody of that name is declared"
    if not _roles(state, party, person, SIGNATORIES, on, sequence):
        return f"has no post at {party.organisation} in which to decide"
    if any(version.proposal.proposer == person for version in state.versions):
        return "proposed it, and so cannot approve it"
    if _recused(state, party, person):
        return "has recused"
    if any(row.act.person == person and row.act.proposal == state.version.digest for row in state.refusals):
        return "has said no to this version"
    found = interest_of(state, party, person, on)
    if found:
        return f"has an interest: {found[0]}"
    if party.policy.independent:
        swayed = dependence_of(state, party, person, on)
        if swayed:
            return f"depends on somebody with an interest: {swayed[0]}"
    return ""


def interest_of(state: Agreement, party: Party, person: str, on: date) -> tuple[Interest, ...]:
    """Returns a person's interests on the other sides of a party's decision."""
    return _looked_for(interests, state, party, person, on)


def dependence_of(state: Agreement, party: Party, person: str, on: date) -> tuple[Interest, ...]:
    """Returns by whom a person may be swayed who has an interest on another side."""
    return _looked_for(dependence, state, party, person, on)


def _looked_for(
    how: Callable[..., tuple[Interest, ...]], state: Agreement, party: Party, person: str, on: date
) -> tuple[Interest, ...]:
    key = how.__name__, party.organisation, person, on
    if key not in state.found:
        least, days = party.policy.interest_share_micro_count, state.days(party, on)
        state.found[key] = how(state.register, person, party.organisation, state.sides(party, on), days, least)
    return state.found[key]


def interested_heads(state: Agreement, party: Party, on: date) -> list[tuple[str, tuple[Interest, ...]]]:
    """Returns a party's directors and officers who have an interest on another side, with it."""
    days = state.days(party, on)
    heads = {
        role.person
        for role in state.register.roles
        if role.organisation == party.organisation and role.kind in HEADS and days.meets(role.from_on, role.until_on)
    }
    found = [(person, interest_of(state, party, person, on)) for person in sorted(heads)]
    return [(person, ties) for person, ties in found if ties]


def interested_holders(state: Agreement, party: Party, on: date) -> list[str]:
    """Returns the known holders of a party's shares who have an interest on another side, or stand there."""
    days, sides = state.days(party, on), set(state.sides(party, on))
    holders = {
        link.holder
        for link in state.register.links
        if link.target == party.organisation
        and link.kind in ("owns", "controls")
        and days.meets(link.from_on, link.until_on)
    }
    return sorted(name for name in holders if name in sides or interest_of(state, party, name, on))


def _is_for(given: Given, party: Party) -> bool:
    return given.organisation == party.organisation


def _recused(state: Agreement, party: Party, person: str) -> bool:
    return any(
        row.act.person == person and row.act.organisation == party.organisation == row.organisation
        for row in state.recusals
    )


def _roles(
    state: Agreement, party: Party, person: str | None, kinds: Iterable[str], on: date, sequence: int | None = None
) -> list[Role]:
    """Returns posts at a party on a day, as the party itself declared them or as they stand in the text to be approved.

    Another organisation cannot make somebody a director by saying so.
    """
    rows = list(state.proposal.declared.roles)
    for declared in state.declared:
        if declared.organisation == party.organisation and (sequence is None or declared.sequence < sequence):
            rows += declared.register.roles
    return [
        row
        for row in dict.fromkeys(rows)
        if row.organisation == party.organisation
        and row.kind in kinds
        and (person is None or row.person == person)
        and (row.from_on is None or row.from_on <= on)
        and (row.until_on is None or row.until_on > on)
    ]


def _qualifies(state: Agreement, party: Party, person: str, on: date) -> bool:
    if interest_of(state, party, person, on):
        return False
    return not (party.policy.independent and dependence_of(state, party, person, on))


def _asked(state: Agreement, party: Party, need: Need, on: date) -> bool:
    if need.board_mostly is None:
        return True
    board = {role.person for role in _roles(state, party, None, ("director",), on)}
    free = sum(_qualifies(state, party, person, on) for person in board)
    return (2 * free > len(board)) == (need.board_mostly == "disinterested")


def _persons(state: Agreement, party: Party, need: Need, counted: set[str], on: date) -> NeedStanding:
    roles = _roles(state, party, None, BODIES[need.body], on)
    if need.body != "committee":
        return _body(state, party, need, {role.person for role in roles}, counted, on, _BODY_NAMES[need.body])
    names = sorted({role.committee for role in roles if role.committee})
    if not names:
        return NeedStanding(need, False, f"{party.organisation} has no committee of its board that is declared")
    found = [
        _body(
            state,
            party,
            need,
            {role.person for role in roles if role.committee == name},
            counted,
            on,
            f"the committee {name}",
        )
        for name in names
    ]
    return next((row for row in found if row.met), found[0])


_BODY_NAMES = {"signatories": "those who may sign", "board": "the board"}


def _body(
    state: Agreement, party: Party, need: Need, members: set[str], counted: set[str], on: date, name: str
) -> NeedStanding:
    free = {person for person in members if _qualifies(state, party, person, on)}
    yes = counted & free
    asked = max(need.approvals_count_min, len(free) // 2 + 1 if need.majority else 1, 1)
    spoilt = sorted(members - free) if need.all_members_qualify else []
    few = len(free) < need.members_count_min
    can = {person for person in free if not person_why_not(state, party, person, on)}
    who = f"{asked} of {len(free)} disinterested" if need.majority else f"{asked}"
    words = f"{party.organisation} needs {who} of {name}; {len(yes)} so far"
    if spoilt:
        words += f"; {', '.join(spoilt)} on it is interested or dependent, which spoils it"
    if few:
        words += f"; it has {len(free)} disinterested, and needs {need.members_count_min}"
    met = len(yes) >= asked and not spoilt and not few
    # With nobody left who could say yes, a version is refused only if somebody said no to it.
    noes = {row.act.person for row in state.refusals if row.act.proposal == state.version.digest} & free
    veto = need.body == "signatories" and bool(noes)
    lost = veto or (bool(noes) and len(can) < asked)
    return NeedStanding(need, met and not veto, words, tuple(sorted(yes)), not lost)


def _vote(state: Agreement, party: Party, need: Need, on: date) -> NeedStanding:
    name = f"the disinterested stockholders of {party.organisation}"
    cast = [row for row in state.votes if row.organisation == party.organisation]
    reasons = [(row, vote_why_not(state, party, row, on)) for row in cast]
    valid = [row for row, why in reasons if not why]
    if not valid:
        whys = "; ".join(f"a count by {row.act.person} does not count: {why}" for row, why in reasons)
        return NeedStanding(need, False, f"no vote of {name} is recorded" + (f" ({whys})" if whys else ""))
    # A second count of one version never replaces the first: nobody may vote until it passes.
    act = valid[0].act
    against = act.outstanding_count - act.for_count if need.basis == "outstanding" else act.against_count
    passed = act.for_count > against
    basis = "all votes they have" if need.basis == "outstanding" else "the votes they cast"
    words = f"{name} gave {act.for_count:,} votes for; most of {basis} takes more than {against:,} against or absent"
    return NeedStanding(need, passed, words, (valid[0].act.person,), passed)


def vote_why_not(state: Agreement, party: Party, row: Entered[Vote], on: date) -> str:
    """Returns why a count of votes does not count for a party, or an empty string."""
    act = row.act
    if row.sequence < state.version.sequence:
        return "held on another version"
    if act.policy != state.policies.get(party.organisation):
        return "held under another policy"
    if not _roles(state, party, act.person, ("inspector",), on, row.sequence):
        return f"{act.person} is no inspector of {party.organisation}"
    if interest_of(state, party, act.person, on):
        return f"{act.person} has an interest"
    if act.for_count + act.against_count + act.abstained_count > act.outstanding_count:
        return "more votes than there are"
    if not any(e.digest == act.informed_by and e.kind == "proxy_statement" for e in state.proposal.evidence):
        return "what the holders were told is not attached to this version as a proxy statement"
    missing = [holder for holder in interested_holders(state, party, on) if holder not in act.excluded]
    if missing:
        return f"votes of interested holders are counted: {', '.join(missing)}"
    return ""
