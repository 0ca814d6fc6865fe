"""A scheduler, workers and an S3 server as real processes on loopback."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

KEY, SECRET, BUCKET = "key-of-the-tests", "secret-of-the-tests", "tracks"
PATIENCE_S = 60.0  # machines of builds are slow


def free_port() -> int:
    """Return a port whose hundred-thousands sibling (gRPC of the S3 server) exists too."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if 10_000 < port < 55_000:
            return port


def answers(port: int) -> bool:
    with socket.socket() as s:
        s.settimeout(0.5)
        return s.connect_ex(("127.0.0.1", port)) == 0


def end_with_parent() -> None:
    """Ask Linux to kill this process with the tests that started it, however they end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def until(what, seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.05)


@dataclass
class Bucket:
    """A SeaweedFS server with one bucket. ``pause`` stops it as it stands: requests hang."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        who = {
            "name": "tests",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin"],
        }
        (self.folder / "s3.json").write_text(json.dumps({"identities": [who]}))
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        ports = [free_port() for _ in range(3)]
        weed = Path(sys.executable).parent / "weed"
        command = [
            str(weed), "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            f"-master.port={ports[0]}", f"-volume.port={ports[1]}", f"-filer.port={ports[2]}",
            "-master.volumeSizeLimitMB=64", "-volume.max=60", "-volume.preStopSeconds=0",
            "-s3", f"-s3.port={self.port}", f"-s3.config={self.folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0",
            "-s3.autoCreateBucket=false",
        ]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=end_with_parent)  # noqa: PLW1509 - only prctl
        until(lambda: answers(self.port))
        from pyarrow import fs

        admin = fs.S3FileSystem(
            endpoint_override=f"127.0.0.1:{self.port}", scheme="http", access_key=KEY, secret_key=SECRET,
            region="us-east-1", allow_bucket_creation=True,
        )  # fmt: skip

        def made() -> bool:
            try:
                admin.create_dir(BUCKET)
            except OSError:
                return False
            return True

        until(made)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }


@dataclass
class Cluster:
    """A Dask scheduler and workers of one thread; a killed one stays away."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    scheduler: subprocess.Popen | None = None
    workers: list[subprocess.Popen] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self, workers: int = 2) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.scheduler = self._run(
            "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )
        until(lambda: answers(self.port))
        for _ in range(workers):
            self.add_worker()

    def add_worker(self) -> None:
        here = (
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--host",
            "127.0.0.1",
            "--memory-limit",
            "0",
        )
        self.workers.append(self._run("worker", self.address, *here, "--local-directory", str(self.folder)))

    def kill_worker(self) -> None:
        """Kill -9 the oldest worker."""
        worker = self.workers.pop(0)
        worker.kill()
        worker.wait()

    def stop(self) -> None:
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            process.kill()
            process.wait()

    def _run(self, role: str, *options: str) -> subprocess.Popen:
        dask = Path(sys.executable).parent / "dask"
        path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]).rstrip(
            os.pathsep
        )
        settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "2"}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(dask), role, *options], stdout=log, stderr=log,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - only prctl
                env=os.environ | settings | self.environment | {"PYTHONPATH": path}, cwd=self.folder,
            )  # fmt: skip


def kills_or_doubles(x: int) -> int:
    """A task for workers: 5 kills whoever runs it, 7 is refused, the others are doubled."""
    if x == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    if x == 7:
        raise ValueError("seven")
    time.sleep(0.02)
    return 2 * x
