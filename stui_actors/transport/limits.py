"""How many connections this process may hold, as the system says."""

import resource

RESERVED = 128  # descriptors for everything that is no connection: files that are written, threads, ZeroMQ itself


def clients_within_limits(wanted: int) -> int:
    """Raise the limit of open descriptors as far as it goes; return how many of ``wanted`` clients fit in."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (ValueError, OSError):
            pass  # macOS refuses an endless one; what there is has to do
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, soft - RESERVED))
