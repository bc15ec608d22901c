-- The layout of version 1, as journals of that version hold it.

CREATE TABLE meta (
    schema_version INTEGER NOT NULL
);

CREATE TABLE session (
    "key" TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE inbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    dedup_key TEXT NOT NULL,
    session_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    state SMALLINT DEFAULT 0 NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    rule TEXT DEFAULT '' NOT NULL,
    traceback TEXT DEFAULT '' NOT NULL,
    done_at BIGINT,
    fired TEXT DEFAULT '[]' NOT NULL,
    payload TEXT NOT NULL,
    raw TEXT NOT NULL,
    UNIQUE (dedup_key)
);

CREATE INDEX inbox_pending_by_session ON inbox (session_key, id) WHERE state = 0;

CREATE INDEX inbox_done ON inbox (received_at) WHERE state = 1;

CREATE INDEX inbox_pending ON inbox (id, session_key) WHERE state = 0;

CREATE INDEX inbox_dead ON inbox (id) WHERE state = 2;

CREATE TABLE outbox (
    seq INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    inbox_id BIGINT NOT NULL,
    session_key TEXT NOT NULL,
    rule TEXT NOT NULL,
    recipient TEXT NOT NULL,
    text TEXT NOT NULL,
    sender TEXT NOT NULL,
    shorten_url BOOLEAN NOT NULL,
    state SMALLINT DEFAULT 0 NOT NULL,
    due_at BIGINT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    lookups INTEGER DEFAULT 0 NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    status TEXT,
    report TEXT,
    delivery_group TEXT DEFAULT '' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE (message_id)
);

CREATE INDEX outbox_unfinished ON outbox (state, due_at, seq) WHERE state = 0 OR state = 1 OR state = 4;

CREATE INDEX outbox_finished ON outbox (created_at) WHERE state = 2 OR state = 3 OR state = 5;

CREATE TABLE aside (
    id INTEGER NOT NULL,
    path TEXT NOT NULL,
    item TEXT NOT NULL,
    field_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX aside_by_age ON aside (received_at);

INSERT INTO meta (schema_version) VALUES (1);
