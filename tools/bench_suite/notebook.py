"""ipykernel as a counterpart: execute requests there and back, as many under way per kernel as it had clients."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

READY_LIMIT = 60.0
FOLDERS = ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")


@contextmanager
def kernel(place: Path) -> Iterator[BlockingKernelClient]:
    """A running kernel's client; its files lie under ``place``."""
    environment = os.environ | {name: str(place / name.lower()) for name in FOLDERS}
    manager: Any = KernelManager(connection_file=str(place / f"kernel-{time.monotonic_ns()}.json"))
    manager.start_kernel(env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=READY_LIMIT)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def kernel_round_trips(place: Path, kernels: int, under_way: int, seconds: float) -> float:
    """Execute requests of ``1+1`` per second, ``kernels`` at once, ``under_way`` requests in each."""
    with ExitStack() as stack:
        clients = [stack.enter_context(kernel(place)) for _ in range(kernels)]
        poller = zmq.Poller()
        channels: dict[Any, BlockingKernelClient] = {}
        for client in clients:
            socket = client.shell_channel.socket
            poller.register(socket, zmq.POLLIN)
            channels[socket] = client
            for _ in range(under_way):
                client.execute("1+1")
        return _round_trips_per_second(poller, channels, seconds)


def _round_trips_per_second(poller: zmq.Poller, channels: dict[Any, BlockingKernelClient], seconds: float) -> float:
    replies = 0
    began = time.perf_counter()
    while (now := time.perf_counter()) < began + seconds:
        for socket, _ in poller.poll(1000):
            client = channels[socket]
            _, reply = client.session.recv(socket, mode=zmq.NOBLOCK)
            if reply is not None and reply["content"].get("status") == "ok":
                replies += 1
                client.execute("1+1")
    return replies / (now - began)
