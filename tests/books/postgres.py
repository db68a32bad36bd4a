"""A throw-away PostgreSQL cluster: made in a folder of its own, on a free port, gone afterwards.

The server refuses to run as root, so that root starts it as another user.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pg8000.dbapi

# Debian keeps the programs off the path.
FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
USERS = ("postgres", "nobody")
ADMIN = "postgres"
START_SECONDS_MAX = 300.0
MISSING = "no PostgreSQL server: install one (Debian: apt-get install postgresql), or name its bin in ARMSLENGTH_PGBIN"


def bin_folder() -> Path | None:
    """Returns the folder that holds ``initdb`` and ``postgres``, or nothing."""
    named = os.environ.get("ARMSLENGTH_PGBIN")
    if named:
        return Path(named) if (Path(named) / "initdb").is_file() else None
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return next((folder for folder in FOLDERS if (folder / "initdb").is_file()), None)


def _other_user() -> pwd.struct_passwd | None:
    """Returns whom root runs the server as; nobody in particular if we are not root."""
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A server that can be started, stopped, and killed as by a power cut of the machine's software.

    Args:
        folder: where it may live; its parents must be open to the server's user.
        durable: whether it syncs; tests that kill nothing are faster without.
    """

    def __init__(self, folder: Path, *, durable: bool = False, settings: dict[str, str] | None = None) -> None:
        programs = bin_folder()
        if programs is None:
            raise FileNotFoundError(MISSING)
        self.programs = programs
        self.folder = folder
        self.port = _free_port()
        self.user = _other_user()
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "on" if durable else "off",
            "max_connections": "60",
            **(settings or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if self.user is not None:
            shutil.chown(folder, self.user.pw_uid, self.user.pw_gid)
        self._run("initdb", "-D", str(self.data), "-U", ADMIN, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _as_user(self) -> dict[str, object]:
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": [], "cwd": str(self.folder)}

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments], capture_output=True, check=False, **self._as_user()
        )  # type: ignore[call-overload]
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')[-2000:]}")

    def start(self) -> None:
        """Starts the server and waits until it answers; after a kill this includes its recovery."""
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        log = open(self.folder / "log", "ab")  # noqa: SIM115
        self.process = subprocess.Popen(
            [str(self.programs / "postgres"), "-D", str(self.data), *options],
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._as_user(),
        )  # type: ignore[call-overload]
        log.close()
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                self.connect("postgres").close()
            except (pg8000.dbapi.Error, OSError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    tail = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"PostgreSQL did not start: {tail}") from None
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Shuts the server down in order."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """Kills every process of the server at once: what it had not handed to the system is lost."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGSTOP)
        for child in _children(self.process.pid):
            _kill_quietly(child, signal.SIGKILL)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            _kill_quietly(self.process.pid, number)
            self.process.wait(timeout=START_SECONDS_MAX)
            self.process = None

    def connect(self, database: str, user: str = ADMIN) -> pg8000.dbapi.Connection:
        """Returns an administrator's connection that commits each statement by itself."""
        connection = pg8000.dbapi.connect(user, host="127.0.0.1", port=self.port, database=database, timeout=10)
        connection.autocommit = True
        return connection

    def create(self, database: str, template: str = "template1") -> str:
        """Creates a database, as a copy of another, and returns its address, with the administrator's name in it."""
        connection = self.connect("postgres")
        connection.cursor().execute(f"create database {database} template {template}")
        connection.close()
        return self.url(database)

    def drop(self, database: str) -> None:
        connection = self.connect("postgres")
        connection.cursor().execute(f"drop database if exists {database} with (force)")
        connection.close()

    def url(self, database: str, user: str = ADMIN) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"


def _kill_quietly(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def _children(parent: int) -> list[int]:
    """Returns the ids of a process's children: the server's backends are sessions of their own."""
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    if listed.exists():
        return [int(word) for word in listed.read_text().split()]
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(word) for word in told.stdout.split()]


def started(folder: Path, *, durable: bool = False, settings: dict[str, str] | None = None) -> Iterator[Cluster]:
    """Yields a running cluster; afterwards it is killed and its folder removed."""
    cluster = Cluster(folder, durable=durable, settings=settings)
    cluster.start()
    try:
        yield cluster
    finally:
        if cluster.process is not None:
            cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)
