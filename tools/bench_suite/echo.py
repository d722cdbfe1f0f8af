"""The bare counterpart of the server: a blocking ROUTER that sends back what it receives. Run: echo.py ENDPOINT."""

import resource
import signal
import sys

import zmq

BACKLOG = 4096  # as the server's, so that connects are compared and not queues


def main() -> None:
    """Echo until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    context = zmq.Context()
    context.set(zmq.MAX_SOCKETS, 100)
    router: zmq.SyncSocket = context.socket(zmq.ROUTER)
    router.set(zmq.BACKLOG, BACKLOG)
    router.set_hwm(0)
    router.bind(sys.argv[1])
    while True:
        router.send_multipart(router.recv_multipart())


if __name__ == "__main__":
    main()
