"""The folder that a replay leaves behind: report.html, replay.json, outcomes, harm, and the records of each run."""

from pathlib import Path

from armslength.connectors.replay_tables import write_outcomes
from armslength.errors import InputError
from armslength.model.replay import ReplayReport
from armslength.render.replay_report import replay_html


def write_replay_dossier(report: ReplayReport, folder: Path) -> Path:
    """Writes the report and the tables beside the records, and returns the page.

    Raises:
        InputError: when the folder cannot be written to.
    """
    page = replay_html(report)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_outcomes(report, folder)
        (folder / "replay.json").write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
        (folder / "report.html").write_text(page, encoding="utf-8")
    except OSError as error:
        message = f"{folder}: cannot be written into: {error.strerror}"
        raise InputError(message, hint="give another --out DIR") from error
    return folder / "report.html"
