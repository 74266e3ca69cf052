"""A process that forks: each child is the command, with the words, streams, folder and environment of whoever asks.

What the command imports takes longer than most of its work, so that it is imported here, once. `tests/cli/asking.py`
asks.
"""

import functools
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import ssl
import sys

import httpcore  # noqa: F401 - the first request imports it

import cfimages.cli
import cfimages.jobs
import cfimages_api
from cfimages.cli.__main__ import main


def serve(server: socket.socket) -> None:
    """Answer whoever connects; returns only in a child that has become what was asked for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for the children
    while True:
        asking, _ = server.accept()
        if os.fork() == 0:
            server.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            become(asking)
            return
        asking.close()


def become(asking: socket.socket) -> None:
    """Fork what is asked for, say its id and how it ends; returns only in what was forked."""
    _, streams, _, _ = socket.recv_fds(asking, 1, 3)
    order = json.loads(asking.makefile("rb").readline())
    if (child := os.fork()) != 0:
        for stream in (*streams, 0, 1):
            os.close(stream)
        asking.sendall(f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        asking.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    asking.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115 - its streams
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115 - the same
    if order["terminal"]:
        os.setsid()
        os.close(os.open(os.ttyname(2), os.O_RDWR))  # of a session that has none, it becomes the controlling terminal
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["cfimages", *order["words"]]


def prepare() -> None:
    """Do what each child would have to: import all modules, and read the certificates of authorities."""
    for package in (cfimages.cli, cfimages.jobs, cfimages_api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    ssl.create_default_context = functools.cache(ssl.create_default_context)
    cfimages.CloudflareImages("acc", api_token="t").close()
    gc.freeze()


if __name__ == "__main__":
    prepare()
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        serve(listening)
    main()
