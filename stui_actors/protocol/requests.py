"""Requests as clients spell them."""

from stui_actors.protocol.envelope_dialect import VERSION
from stui_actors.protocol.messages import Dialect, Json, RequestId
from stui_actors.protocol.names import pascal_case
from stui_actors.protocol.times import iso_time


def request_message(
    dialect: Dialect, request_id: RequestId, command: str, parameters: dict[str, Json], now: float
) -> dict[str, Json]:
    """A request in the given dialect."""
    if dialect is Dialect.COMMAND:
        return {"id": request_id, "command": command, "parameters": parameters}
    data: dict[str, Json] = {"request_type": pascal_case(command), "params": parameters}
    payload: dict[str, Json] = {"type": "Request", "data": data}
    return {"id": request_id, "version": VERSION, "timestamp": iso_time(now), "payload": payload}
