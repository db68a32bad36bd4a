"""Proposes an agreement: from a file that a person wrote, or from a deal of a plan, with its certificate."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from armslength.connectors.agreement_file import read_agreement, read_policy
from armslength.errors import InputError, LedgerError, NotAgreed, UnknownName
from armslength.governance.agreement import Agreement, Version
from armslength.governance.fold import Wrong, fold, tried
from armslength.governance.from_plan import terms_of
from armslength.governance.presets import conflict_of, digest_of, policy, strictest
from armslength.model.accounts import agreement_book
from armslength.model.agreement_file import AgreementFile, FileParty
from armslength.model.book import Book, Refused
from armslength.model.case import Case
from armslength.model.governance import Link, Person, Policy, Register, Role
from armslength.model.rules_terms import terms_problems
from armslength.model.terms import Evidence, Party, Proposal, Signer, Terms
from armslength.proof.note import SigningKey, read_signing_key, read_verifier_key
from armslength.proof.statement import digest_of as digest_of_bytes
from armslength.service.agreeing import Seen, look, records
from armslength.service.agreement_posting import Sheet
from armslength.service.certifying import certificate, signed
from armslength.service.dossier import read_plan
from armslength.store.books import Books
from armslength.store.scope import scope_of


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be proposed, with the bytes of its documents.

    Attributes:
        base: folder from which policies named by file are read.
        documents: (kind, title, bytes).
    """

    file: AgreementFile
    base: Path
    documents: tuple[tuple[str, str, bytes], ...]
    signers: tuple[str, ...]


def draft_from_file(path: Path) -> Draft:
    """Returns a proposal that a person wrote, with the documents it names.

    Raises:
        InputError: the file or one of its documents cannot be read, or has problems.
    """
    file = read_agreement(path)
    documents = tuple((row.kind, row.title or row.file, _bytes(path.parent / row.file)) for row in file.evidence)
    return Draft(file, path.parent, documents, file.signers)


def draft_from_plan(
    path: Path, names: tuple[str, ...], now: datetime, *, key: SigningKey | None = None, agreement: str | None = None
) -> Draft:
    """Returns a proposal of deals of a plan, with its certificate if there is a key to sign it.

    Args:
        path: plan.json, or the folder it is in.
        names: deals or agreements of the plan; ``*`` for all its deals.
        key: signs the certificate; without one there is none.
        agreement: id to give it.

    Raises:
        InputError: there is no such plan or deal, or the plan does not stand up to a second look.
    """
    comparison = read_plan(path)
    file = path / "plan.json" if path.is_dir() else path
    plan = _bytes(file)
    outputs = digest_of_bytes(plan)
    terms = terms_of(comparison, names, outputs, agreement)
    documents: tuple[tuple[str, str, bytes], ...] = ()
    if key is not None:
        found = certificate(comparison, terms, outputs, now.date())
        documents = (
            ("certificate", f"No-detriment certificate from {file.name}", signed(found, key)),
            ("plan", f"{comparison.case.id}: {file.name}", plan),
        )
    case = comparison.case
    listed = {row.id: row.listed for row in case.organisations}
    parties = {name: FileParty(listed=listed.get(name, False)) for name in terms.parties}
    draft = AgreementFile(terms=terms, parties=parties, declared=register_of(case))
    return Draft(draft, file.parent, documents, (str(key.verifier),) if key else ())


def register_of(case: Case) -> Register:
    """Returns what a case says about who stands where: its tables, and who controls and owns which organisation."""
    persons = {row.id: row for row in case.persons}
    names = {row.name: row.id for row in case.persons if row.name}
    links = {row.id: row for row in case.links}
    for row in case.organisations:
        if row.controlled_by:
            holder = names.get(row.controlled_by, row.controlled_by)
            if holder not in persons and holder not in {other.id for other in case.organisations}:
                persons[holder] = Person(id=holder)
            links[f"{holder} controls {row.id}"] = Link(
                id=f"{holder} controls {row.id}", holder=holder, target=row.id, kind="controls", source=row.source
            )
        for share in row.owns:
            if share.share_frac:
                name = f"{row.id} owns {share.organisation}"
                links[name] = Link(
                    id=name,
                    holder=row.id,
                    target=share.organisation,
                    kind="owns",
                    share_frac=share.share_frac,
                    from_on=share.from_on,
                    source=row.source,
                )
    roles: tuple[Role, ...] = case.roles
    return Register(persons=tuple(persons.values()), roles=roles, links=tuple(links.values()))


def signing_key(path: Path) -> SigningKey:
    """Reads the key that signs a certificate.

    Raises:
        InputError: the file cannot be read, or holds no private key.
    """
    return read_signing_key(_bytes(path).decode("utf-8", errors="replace"))


def propose(
    books: Books,
    draft: Draft,
    organisation: str,
    person: str,
    now: datetime,
    *,
    policies: dict[str, str] | None = None,
    changes: dict[str, object] | None = None,
) -> Seen:
    """Records a proposal, or a new version of one, and makes its book if there is none.

    Args:
        books: the books.
        draft: what is proposed.
        organisation: party in whose name it is proposed.
        person: who proposes; cannot approve.
        now: the time.
        policies: policies chosen for parties, by organisation: the id of a shipped one, or a file.
        changes: fields of the terms to set, such as ``effective_on`` or ``conditions``.

    Raises:
        InputError: the terms have problems; all are carried, and nothing is recorded.
        NotAgreed: they cannot be proposed as things stand.
    """
    terms = draft.file.terms.model_copy(update=changes or {})
    problems = terms_problems(terms)
    if problems:
        raise InputError(f"{terms.id}: these terms cannot be proposed", problems=problems)
    if organisation not in terms.parties:
        raise InputError(f"{organisation} is not among the parties", hint=f"parties: {', '.join(terms.parties)}")
    for text in draft.signers:
        read_verifier_key(text)
    state = _state(books, terms, organisation)
    documents = tuple(
        Evidence(kind=kind, digest=digest_of_bytes(content), title=title) for kind, title, content in draft.documents
    )
    proposal = Proposal(
        terms=terms,
        parties=_parties(state, terms, draft, policies or {}, now, organisation),
        evidence=documents,
        signers=tuple(Signer(key=text) for text in draft.signers),
        declared=draft.file.declared,
        proposer=person,
    )
    return _submitted(books, state, proposal, draft, organisation, now)


def _submitted(
    books: Books, state: Agreement, proposal: Proposal, draft: Draft, organisation: str, now: datetime
) -> Seen:
    book, scope = agreement_book(state.id), scope_of(organisation)
    sheet = Sheet(books, state.id, state.size, "propose", now)
    event = sheet.record(organisation, proposal, [row.digest for row in proposal.evidence])
    try:
        tried(state, event, now, {})
    except Wrong as wrong:
        raise NotAgreed(f"{state.id}: {wrong.text}", hint="nothing was recorded") from None
    if not state.size:
        terms = proposal.terms
        made = Book(id=book, kind="agreement", members=terms.parties, observers=terms.observers)
        books.create_book(scope_of(organisation, operator=True), made)
    for _, _, content in draft.documents:
        books.blob_put(scope, book, content)
    answer = books.submit(scope, sheet.group())
    if isinstance(answer, Refused):
        raise LedgerError(f"{state.id}: {answer.message}", code=answer.code.value, hint=answer.hint)
    return look(books, state.id, organisation, max(now, answer.recorded[-1].recorded_at))


def _state(books: Books, terms: Terms, organisation: str) -> Agreement:
    """Returns the agreement as far as it has come; an empty one when it is new."""
    book = agreement_book(terms.id)
    if book not in {row.id for row in books.books(scope_of(organisation))}:
        return Agreement(terms.id)
    return fold(terms.id, records(books, organisation, book))


def _parties(
    state: Agreement, terms: Terms, draft: Draft, chosen: dict[str, str], now: datetime, organisation: str
) -> tuple[Party, ...]:
    unknown = sorted((set(chosen) | set(draft.file.parties)) - set(terms.parties))
    if unknown:
        raise UnknownName(f"{', '.join(unknown)}: no party", hint=f"parties: {', '.join(terms.parties)}")
    found = []
    for name in terms.parties:
        row = draft.file.parties.get(name, FileParty())
        fallback = strictest("controller", row.jurisdiction, row.minority)
        party = Party(
            organisation=name,
            listed=row.listed,
            jurisdiction=row.jurisdiction,
            minority=row.minority,
            policy=fallback,
            strictest=fallback.id,
        )
        seen = _with(state, terms, draft, party, organisation, now)
        conflict = conflict_of(seen.register, name, seen.sides(party, now.date()), seen.days(party, now.date()))
        fitting = strictest(conflict, row.jurisdiction, row.minority)
        decided = _policy(chosen.get(name) or row.policy, draft.base) or fitting
        found.append(party.model_copy(update={"policy": decided, "strictest": fitting.id}))
    return tuple(found)


def _with(state: Agreement, terms: Terms, draft: Draft, party: Party, organisation: str, now: datetime) -> Agreement:
    """Returns the agreement as if these terms had been proposed, to see who stands where."""
    proposal = Proposal(terms=terms, parties=(party, party), declared=draft.file.declared, proposer="nobody")
    version = Version(proposal, digest_of(proposal), organisation, state.size, now)
    return Agreement(state.id, versions=(*state.versions, version), declared=state.declared)


def _policy(named: str | Policy | None, base: Path) -> Policy | None:
    if named is None or isinstance(named, Policy):
        return named
    file = base / named
    if named.endswith((".yaml", ".yml")):
        return read_policy(file)
    return policy(named)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror}", hint="check the name and its permissions"
        ) from None
