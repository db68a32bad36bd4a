"""A reader in another language agrees: what it accepts, and that it accepts nothing else."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from proof.small_books import LOG, LOT, OTHER_WITNESS, VENDOR, WITNESS, desk, work

READER = Path(__file__).with_name("second_reader.mjs")
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None, reason="no node: the second reader is written for it (apt-get install nodejs)"
)


def read(folder: Path, *keys: object) -> subprocess.CompletedProcess[str]:
    command = [str(NODE), str(READER), str(folder), *(str(key) for key in keys)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Two bundles, unpacked: the whole book, and one event of it."""
    at, folder = desk(), tmp_path_factory.mktemp("bundles")
    work(at)
    for n in range(25):
        at.move(f"more-{n}", "post", LOT, VENDOR, n + 1)
    at.sign(WITNESS)
    made = {}
    for name, shown in (("whole", {}), ("one", {"events": ("more-24", "more-3")})):
        with zipfile.ZipFile(at.bundle(folder / f"{name}.zip", **shown)) as file:
            file.extractall(folder / name)
        made[name] = folder / name
    return made


def test_it_verifies_a_whole_book_and_single_events(folders):
    keys = (LOG.verifier, WITNESS.verifier)
    assert read(folders["whole"], *keys).stdout == f"verified 37 of 37 events of {LOG.name} by 2 keys\n"
    assert read(folders["one"], *keys).stdout == f"verified 2 of 37 events of {LOG.name} by 2 keys\n"


def test_it_misses_a_signature(folders):
    assert "signature of auditor" in read(folders["one"], LOG.verifier, OTHER_WITNESS.verifier).stdout


@pytest.mark.parametrize("which", ["whole", "one"])
def test_it_sees_a_change(folders, which):
    file = folders[which] / "events.txt"
    kept = file.read_bytes()
    file.write_bytes(kept.replace(b'"amount_count":4', b'"amount_count":5'))
    assert file.read_bytes() != kept
    done = read(folders[which], LOG.verifier)
    file.write_bytes(kept)
    assert (done.returncode, done.stdout) == (1, "FAILED: an event is not in the signed tree\n")
