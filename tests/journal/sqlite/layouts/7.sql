-- The layout of version 7, as journals of that version hold it.
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
	unrouted BOOLEAN DEFAULT 0 NOT NULL, 
	UNIQUE (dedup_key)
);
CREATE INDEX inbox_done ON inbox (received_at) WHERE state = 1;
CREATE INDEX inbox_pending ON inbox (id, session_key) WHERE state = 0;
CREATE INDEX inbox_pending_by_session ON inbox (session_key, id) WHERE state = 0;
CREATE INDEX inbox_dead ON inbox (id) WHERE state = 2;
CREATE INDEX inbox_dead_by_session ON inbox (session_key, id) WHERE state = 2;
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
	callback_data TEXT DEFAULT '' NOT NULL, 
	expires_at BIGINT, 
	unknowns INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (message_id)
);
CREATE INDEX outbox_finished ON outbox (created_at) WHERE state = 2 OR state = 3 OR state = 5;
CREATE INDEX outbox_held ON outbox (recipient, due_at) WHERE state = 0 AND sent_at IS NULL;
CREATE INDEX outbox_by_recipient ON outbox (recipient, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_unfinished ON outbox (state, due_at, seq) WHERE state = 0 OR state = 1 OR state = 4;
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
CREATE TABLE retry (
	aside_id BIGINT NOT NULL, 
	PRIMARY KEY (aside_id)
);
CREATE TABLE timer (
	session_key TEXT NOT NULL, 
	name TEXT NOT NULL, 
	due_at BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	every BIGINT, 
	PRIMARY KEY (session_key, name)
);
CREATE INDEX timer_due ON timer (due_at);
CREATE TABLE trace (
	seq INTEGER NOT NULL, 
	inbox_id BIGINT NOT NULL, 
	session_key TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	document BLOB NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (inbox_id)
);
CREATE INDEX trace_by_session ON trace (session_key, seq);
CREATE TABLE tally (
	what TEXT NOT NULL, 
	label TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	count BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	PRIMARY KEY (what, label, since)
);
CREATE TRIGGER tally_received AFTER INSERT ON inbox  BEGIN INSERT INTO tally (what, label, since, count, last_at) VALUES ('received', new.kind, new.received_at / 3600000000 * 3600000000, 1, new.received_at) ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at); END;
CREATE TRIGGER tally_fired AFTER UPDATE OF state ON inbox WHEN new.state = 1 AND old.state = 0 AND new.fired <> '[]' BEGIN INSERT INTO tally (what, label, since, count, last_at) SELECT 'fired', value, new.done_at / 86400000000 * 86400000000, 1, new.done_at FROM json_each(new.fired) WHERE true ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at); END;
CREATE TRIGGER tally_dead AFTER UPDATE OF state ON inbox WHEN new.state = 2 AND old.state <> 2 BEGIN INSERT INTO tally (what, label, since, count, last_at) VALUES ('dead', new.rule, new.done_at / 3600000000 * 3600000000, 1, new.done_at) ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at); END;
CREATE TRIGGER tally_sent AFTER UPDATE OF state ON outbox WHEN new.state = 2 AND old.state <> 2 BEGIN INSERT INTO tally (what, label, since, count, last_at) VALUES ('sent', '', coalesce(new.sent_at, new.created_at) / 3600000000 * 3600000000, 1, coalesce(new.sent_at, new.created_at)) ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at); END;
CREATE TRIGGER tally_failed AFTER UPDATE OF state ON outbox WHEN new.state IN (3, 5) AND old.state NOT IN (3, 5) BEGIN INSERT INTO tally (what, label, since, count, last_at) VALUES ('failed', CASE new.state WHEN 5 THEN 'given up' ELSE substr(coalesce(nullif(nullif(CASE WHEN json_valid(new.status) THEN json_extract(new.status, '$.name') END, ''), ''), 'REJECTED'), 1, 60) END, coalesce(new.sent_at, new.created_at) / 3600000000 * 3600000000, 1, coalesce(new.sent_at, new.created_at)) ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at); END;
CREATE TRIGGER tally_delivered AFTER UPDATE OF delivery_group ON outbox WHEN new.delivery_group = 'DELIVERED' AND old.delivery_group <> 'DELIVERED' BEGIN INSERT INTO tally (what, label, since, count, last_at) VALUES ('delivered', '', coalesce(new.sent_at, new.created_at) / 3600000000 * 3600000000, 1, coalesce(new.sent_at, new.created_at)) ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at); END;
CREATE TRIGGER tally_undelivered AFTER UPDATE OF delivery_group ON outbox WHEN new.delivery_group IN ('UNDELIVERABLE', 'EXPIRED', 'REJECTED') AND old.delivery_group <> new.delivery_group BEGIN INSERT INTO tally (what, label, since, count, last_at) VALUES ('failed', substr(new.delivery_group || coalesce(': ' || nullif(substr(coalesce(nullif(nullif(CASE WHEN json_valid(new.report) THEN json_extract(new.report, '$.error.name') END, ''), 'NO_ERROR'), NULL), 1, 60), ''), ''), 1, 60), coalesce(new.sent_at, new.created_at) / 3600000000 * 3600000000, 1, coalesce(new.sent_at, new.created_at)) ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at); END;
INSERT INTO meta (schema_version) VALUES (7);
