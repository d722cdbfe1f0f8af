"""What the PostgreSQL store says to its database. Each statement is one transaction, and changes all or nothing."""

from typing import LiteralString

COLUMNS: LiteralString = "number, epoch, saved_at, version, reason, size"
VALUES: LiteralString = "%(number)s, %(epoch)s, %(saved_at)s, %(version)s, %(reason)s, %(size)s"
OF_SESSION: LiteralString = "client_id = %(client)s AND session_id = %(session)s"

GENERATION: LiteralString = (
    f"INSERT INTO stui_generations (client_id, session_id, {COLUMNS}, data)"
    f" SELECT %(client)s, %(session)s, {VALUES}, %(data)s"
)

# A server that died holds nothing: its lease ends, by the clock of the database, which all ask.
NOW: LiteralString = "extract(epoch FROM now())"
FREE: LiteralString = (
    "(holder IS NULL OR holder = %(epoch)s OR NOT EXISTS"
    f" (SELECT 1 FROM stui_servers WHERE stui_servers.epoch = holder AND alive_until > {NOW}))"
)
HOLD: LiteralString = (
    f"UPDATE stui_sessions SET holder = %(epoch)s, attachment = %(attachment)s, epoch = %(epoch)s"
    f" FROM (SELECT epoch AS before FROM stui_sessions WHERE {OF_SESSION} FOR UPDATE) AS old"
    f" WHERE {OF_SESSION} AND deleted_at IS NULL AND (%(force)s OR attachment = %(attachment)s OR {FREE})"
    " RETURNING number, before"
)
HOLDER: LiteralString = f"SELECT attachment FROM stui_sessions WHERE {OF_SESSION} AND deleted_at IS NULL"
RELEASE: LiteralString = (
    f"UPDATE stui_sessions SET holder = NULL, attachment = NULL WHERE {OF_SESSION}"
    " AND holder = %(epoch)s AND attachment = %(attachment)s RETURNING 1"
)
NOT_OURS: LiteralString = (
    "SELECT client_id, session_id FROM stui_sessions"
    " WHERE client_id = ANY(%(clients)s) AND (epoch <> %(epoch)s OR deleted_at IS NOT NULL)"
)
BEAT: LiteralString = (
    f"WITH gone AS (DELETE FROM stui_servers WHERE alive_until < {NOW} - 86400"
    " OR name = %(name)s AND name <> '' AND epoch < %(epoch)s)"
    f" INSERT INTO stui_servers VALUES (%(epoch)s, %(name)s, {NOW} + %(lease)s)"
    " ON CONFLICT (epoch) DO UPDATE SET alive_until = EXCLUDED.alive_until RETURNING 1"
)
LEAVE: LiteralString = "DELETE FROM stui_servers WHERE epoch = %(epoch)s RETURNING 1"

# A save names the state it follows: its number, and the server that wrote it. If that is not the newest any more,
# nothing is changed and no row comes back. The row's lock makes two servers that save at once go one after the other.
SAVE_NEXT: LiteralString = (
    f"WITH moved AS (UPDATE stui_sessions SET ({COLUMNS}) = ({VALUES})"
    f" WHERE {OF_SESSION} AND number = %(last)s AND epoch = %(last_epoch)s AND deleted_at IS NULL"
    f" AND {FREE} RETURNING 1),"
    f" thinned AS (DELETE FROM stui_generations WHERE {OF_SESSION} AND number = ANY(%(drop)s)"
    " AND damage IS NULL AND EXISTS (SELECT 1 FROM moved))"
    f" {GENERATION} WHERE EXISTS (SELECT 1 FROM moved) RETURNING number"
)
# Of the sessions that one request makes at several servers the first alone is saved: the others find its mark taken.
CLAIM: LiteralString = (
    "INSERT INTO stui_creations (client_id, mark, session_id)"
    " SELECT %(client)s, %(mark)s, %(session)s WHERE %(mark)s::text <> ''"
    " ON CONFLICT (client_id, mark) DO UPDATE SET session_id = EXCLUDED.session_id"
    " WHERE stui_creations.session_id = EXCLUDED.session_id RETURNING 1"
)
SAVE_FIRST: LiteralString = (
    f"WITH claimed AS ({CLAIM}),"
    f" made AS (INSERT INTO stui_sessions (client_id, session_id, {COLUMNS})"
    f" SELECT %(client)s, %(session)s, {VALUES} WHERE %(mark)s::text = '' OR EXISTS (SELECT 1 FROM claimed)"
    " ON CONFLICT DO NOTHING RETURNING 1)"
    f" {GENERATION} WHERE EXISTS (SELECT 1 FROM made) RETURNING number"
)

WRITER: LiteralString = (  # who holds a session without saving it is not the one that wrote it
    "(SELECT each.epoch FROM stui_generations AS each WHERE each.client_id = stui_sessions.client_id"
    " AND each.session_id = stui_sessions.session_id AND each.number = stui_sessions.number)"
)
NEWEST: LiteralString = (
    f"SELECT number, epoch, deleted_at IS NOT NULL, {WRITER}, holder, attachment, {FREE}"
    f" FROM stui_sessions WHERE {OF_SESSION}"
)
KEPT: LiteralString = (
    f"SELECT {COLUMNS} FROM stui_generations WHERE {OF_SESSION} AND damage IS NULL ORDER BY number DESC"
)
STATE: LiteralString = (
    "SELECT number, data FROM stui_generations"
    f" WHERE {OF_SESSION} AND number <= %(most)s AND number >= %(least)s AND damage IS NULL"
    " ORDER BY number DESC LIMIT 1"
)
REMAINS: LiteralString = f"SELECT number, data FROM stui_generations WHERE {OF_SESSION} ORDER BY number DESC"
DAMAGED: LiteralString = f"SELECT number FROM stui_generations WHERE {OF_SESSION} AND damage IS NOT NULL LIMIT 1"
PUT_ASIDE: LiteralString = f"UPDATE stui_generations SET damage = %(damage)s WHERE {OF_SESSION} AND number = %(number)s"

INDEX: LiteralString = (
    f"SELECT client_id, session_id, {COLUMNS} FROM stui_sessions"
    " WHERE deleted_at IS NULL AND (%(client)s::text IS NULL OR client_id = %(client)s)"
)
ROWS: LiteralString = (
    "SELECT client_id, session_id, number FROM stui_generations"
    " WHERE damage IS NULL AND (%(client)s::text IS NULL OR client_id = %(client)s AND session_id = %(session)s)"
    " ORDER BY client_id, session_id, number DESC"
)

DELETE: LiteralString = (
    f"WITH gone AS (UPDATE stui_sessions SET deleted_at = %(now)s WHERE {OF_SESSION}"
    " AND deleted_at IS NULL AND saved_at < %(before)s RETURNING 1),"
    f" emptied AS (DELETE FROM stui_generations WHERE {OF_SESSION} AND damage IS NULL AND EXISTS (SELECT 1 FROM gone))"
    " SELECT count(*) FROM gone"
)
FORGET: LiteralString = (
    "WITH gone AS (DELETE FROM stui_sessions AS old WHERE deleted_at < %(before)s AND NOT EXISTS (SELECT 1"
    " FROM stui_generations AS each WHERE each.client_id = old.client_id AND each.session_id = old.session_id)"
    " RETURNING client_id, session_id),"
    " freed AS (DELETE FROM stui_creations AS made USING gone"
    " WHERE made.client_id = gone.client_id AND made.session_id = gone.session_id)"
    " SELECT count(*) FROM gone"
)
WAS_DELETED: LiteralString = (
    "SELECT 1 FROM stui_sessions WHERE client_id = %(client)s AND deleted_at >= %(since)s"
    " AND substr(session_id, strpos(session_id, '-')) = %(mark)s AND strpos(session_id, '-') > 0 LIMIT 1"
)
BELIEVE: LiteralString = "UPDATE stui_store SET opened_at = %(now)s WHERE id = 1 RETURNING 1"
