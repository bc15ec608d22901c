"""The journal's tables and indexes, and the version of their layout."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    inspect,
    select,
    text,
)

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.tallies import create_triggers

#: Raised by one whenever the layout changes; `infobip_rules.journal.sqlite.migrations` then says what was added.
SCHEMA_VERSION = 8

metadata = MetaData()

#: SQLite makes a column that counts by itself only of the type INTEGER.
_RowId = BigInteger().with_variant(Integer(), "sqlite")


def _text(name: str, *, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text(f"'{default}'"))


meta = Table("meta", metadata, Column("schema_version", Integer, nullable=False))

session = Table(
    "session",
    metadata,
    Column("key", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=True),
    Column("dedup_key", Text, nullable=False, unique=True),
    Column("session_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _text("reason"),
    _text("rule"),
    _text("traceback"),
    Column("done_at", BigInteger),
    _text("fired", default="[]"),
    # Long columns last: what comes after them is slower to reach.
    Column("payload", Text, nullable=False),
    Column("raw", Text, nullable=False),
    #: Whether the rules' own route has still to say which session it belongs to; after the rest, as it was added to it.
    Column("unrouted", Boolean, nullable=False, server_default=text("0")),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    # Messages leave in the order in which they were written, which message ids don't tell.
    Column("seq", _RowId, primary_key=True, autoincrement=True),
    Column("message_id", Text, nullable=False, unique=True),
    Column("inbox_id", BigInteger, nullable=False),
    Column("session_key", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("state", SmallInteger, nullable=False, server_default=text("0")),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("lookups", Integer, nullable=False, server_default=text("0")),
    Column("created_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("status", Text),
    Column("report", Text),
    _text("delivery_group"),
    _text("reason"),
    _text("callback_data"),
    #: When it is not worth sending any more; null: always.
    Column("expires_at", BigInteger),
    #: How many attempts ended without anybody knowing whether the message was taken.
    Column("unknowns", Integer, nullable=False, server_default=text("0")),
    #: The name of the channel that it goes out by, and its content as that channel writes it, in JSON.
    _text("channel"),
    _text("content"),
)

aside = Table(
    "aside",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=True),
    Column("path", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("field_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
)

#: Items set aside that are to be taken in again, by a host.
retry = Table(
    "retry",
    metadata,
    Column("aside_id", BigInteger, primary_key=True, autoincrement=False),
)

timer = Table(
    "timer",
    metadata,
    Column("session_key", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("due_at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    #: Microseconds from one ring to the next; null for a timer that rings once.
    Column("every", BigInteger),
)

trace = Table(
    "trace",
    metadata,
    # What is written last stays longest, also if a signal is evaluated again.
    Column("seq", _RowId, primary_key=True, autoincrement=True),
    Column("inbox_id", BigInteger, nullable=False, unique=True),
    Column("session_key", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),
)

#: How often what happened, for the overview; triggers count (infobip_rules.journal.sqlite.tallies).
tally = Table(
    "tally",
    metadata,
    Column("what", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)


def _partial_index(name: str, table: Table, columns: tuple[str, ...], where: str) -> None:
    Index(name, *(table.c[column] for column in columns), sqlite_where=text(where), postgresql_where=text(where))


Index("aside_by_age", aside.c.received_at)
Index("timer_due", timer.c.due_at)
Index("trace_by_session", trace.c.session_key, trace.c.seq)

# Work is found through indexes that hold only what is still to do, so that its cost does not grow with the past.
_partial_index("inbox_pending", inbox, ("id", "session_key"), "state = 0")
_partial_index("inbox_pending_by_session", inbox, ("session_key", "id"), "state = 0")
_partial_index("inbox_dead", inbox, ("id",), "state = 2")
_partial_index("inbox_dead_by_session", inbox, ("session_key", "id"), "state = 2")
_partial_index("inbox_done", inbox, ("received_at",), "state = 1")
# Spelt with OR: SQLite sees that `state = 0` implies it, which it does not see of `state IN (0, 1, 4)`.
_partial_index("outbox_unfinished", outbox, ("state", "due_at", "seq"), "state = 0 OR state = 1 OR state = 4")
_partial_index("outbox_finished", outbox, ("created_at",), "state = 2 OR state = 3 OR state = 5")

# What a person was sent lately, and what of theirs is held back: never attempted, and due later.
_partial_index("outbox_by_recipient", outbox, ("recipient", "sent_at"), "sent_at IS NOT NULL")
_partial_index("outbox_held", outbox, ("recipient", "due_at"), "state = 0 AND sent_at IS NULL")


def indexes(table: Table) -> dict[str, Index]:
    """The indexes of a table, by name."""
    return {str(index.name): index for index in table.indexes}


def create_schema(connection: Connection) -> None:
    """Lays out an empty journal, in the caller's transaction: a start that is killed leaves nothing half made."""
    metadata.create_all(connection, checkfirst=False)
    create_triggers(connection)
    connection.execute(meta.insert().values(schema_version=SCHEMA_VERSION))


def is_empty(connection: Connection) -> bool:
    """Whether the database holds no table at all, that is, a journal can be laid out in it."""
    return not inspect(connection).get_table_names()


def check_schema(connection: Connection, name: str) -> None:
    """Raises JournalError, naming the journal as `name`, unless the database is a journal that this version can use."""
    tables = set(inspect(connection).get_table_names())
    if meta.name not in tables:
        raise JournalError(
            f"{name} is a database of something else, not a journal.",
            "Let INFOBIP_JOURNAL_URL name a file of its own; it is created at the first start.",
        )
    version = connection.execute(select(meta.c.schema_version)).scalar()
    if version != SCHEMA_VERSION:
        raise _other_version(name, version)
    if missing := sorted(set(metadata.tables) - tables):
        raise JournalError(
            f"The journal {name} is damaged: it has no table {missing[0]!r}.",
            "Restore it from a backup, or move it away to start with an empty one.",
        )


def _other_version(name: str, version: int | None) -> JournalError:
    remedy = "Restore it from a backup, or move it away to start with an empty one."
    if version is not None and 1 <= version < SCHEMA_VERSION:
        remedy = "Start the host once: it brings the journal up to date."
    if version is not None and version > SCHEMA_VERSION:
        remedy = "Upgrade infobip-rules: the journal was written by a newer version, and is left as it is."
    fact = f"The journal {name} has schema version {version}; this infobip-rules knows version {SCHEMA_VERSION}."
    return JournalError(fact, remedy, found=version, known=SCHEMA_VERSION)
