"""What both measurements need: a server, and the requests that it is sent."""

import atexit
import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPResponse
from pathlib import Path

# Between two requests in a file.
SEPARATOR = "\x1e"

# The right status of an answer, by the kind of request; 200 for all others.
STATUS = {"unchanged": 304, "create": 201}


# `cargo xtask` ends a measurement by SIGTERM: servers and temporary folders go with it then.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))


def call(*words: object) -> str:
    """Runs a program and returns its output. If it fails, so does the measurement."""
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{words[0]} ended with {done.returncode}\n{done.stdout}")
    return done.stdout


class Population:
    def __init__(self, bench: Path, users: int, tasks: int, active: int) -> None:
        self.bench = bench
        self.numbers = {"users": users, "tasks": tasks, "active": active}

    def options(self) -> list[str]:
        return [f"--{name}={number}" for name, number in self.numbers.items()]

    def seed(self, store: str) -> None:
        call(self.bench, "seed", "--store", store, *self.options())

    def write_requests(self, folder: Path, algorithm: str) -> None:
        folder.mkdir(exist_ok=True)
        call(self.bench, "requests", "--folder", folder, "--algorithm", algorithm, *self.options())


class Server:
    """A running Tasklane, with the settings in a folder, on a store."""

    def __init__(self, command: list[object], folder: Path, store: str, workers: int | None = None) -> None:
        environment = {"PATH": os.environ["PATH"], "TASKLANE_CONFIG": str(folder / "tasklane.toml"), "DATABASE_URL": store}
        if workers:
            environment["TASKLANE__SERVER__WORKERS"] = str(workers)
        started = time.monotonic()
        log = folder / "tasklane.log"
        with log.open("w") as stderr:
            words = [str(word) for word in [*command, "serve"]]
            self.process = subprocess.Popen(
                words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        atexit.register(self.process.kill)
        line = self.process.stdout.readline()
        self.started_within = time.monotonic() - started
        found = re.fullmatch(r"listening on http://(.+):(\d+)\n", line)
        if not found:
            sys.exit(f"Tasklane does not start:\n{log.read_text()}")
        self.folder = folder
        self.address = (found[1], int(found[2]))

    def stop(self) -> None:
        self.process.terminate()
        if status := self.process.wait():
            sys.exit(f"Tasklane ended with {status}")

    def requests(self, kind: str) -> list[str]:
        """Those of the file; for unchanged lists, with the tags that the lists have now."""
        if kind != "unchanged":
            return (self.folder / f"{kind}.requests").read_bytes().decode().split(SEPARATOR)
        lists = self.requests("list")
        tags = self.send("list", lists)
        return [f"{text.rstrip()}\r\nIf-None-Match: {tag}\r\n\r\n" for text, tag in zip(lists, tags)]

    def send(self, kind: str, requests: list[str]) -> list[str | None]:
        """Sends requests one after the other over one connection, checks the answers' status, and
        returns their entity tags."""
        tags = []
        expected = STATUS.get(kind, 200)
        with socket.create_connection(self.address, timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for text in requests:
                connection.sendall(text.encode())
                answer = HTTPResponse(connection)
                answer.begin()
                body = answer.read()
                if answer.status != expected:
                    line = text.splitlines()[0]
                    sys.exit(f"{line} was answered with {answer.status} instead of {expected}: {body!r}")
                tags.append(answer.getheader("ETag"))
        return tags
