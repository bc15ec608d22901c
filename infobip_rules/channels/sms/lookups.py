"""Questions to Infobip about text messages: its logs, the inbox of a pulled number, a preview of a text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from infobip_rules.channels.sms.outcomes import SCOPE
from infobip_rules.infobip.exchange import Reply, Request
from infobip_rules.infobip.lookups import Inbox, LogRow, read_document, read_inbox, read_log_rows, unreadable
from infobip_rules.infobip.provider import InboxFormat, LogsFormat
from infobip_rules.infobip.tolerant import read_count, read_object, read_objects, read_string

#: Ids that one look-up takes.
MOST_LOG_IDS = 50
#: Messages that one pull of the inbox takes.
MOST_PULLED = 1000


class SmsLogs(LogsFormat):
    """The logs of the last 48 hours."""

    scope = "sms:logs:read"

    def logs_request(self, ids: Collection[str]) -> Request:
        """Asks the logs for 1 to 50 messages by messageId; ValueError for more, none, and an empty id.

        Unlike reports, logs may be asked again and again (120 times a minute).
        """
        if not 1 <= len(ids) <= MOST_LOG_IDS:
            raise ValueError(f"The logs are asked for 1 to {MOST_LOG_IDS} messages at a time, not {len(ids)}.")
        # An empty messageId would return the account's latest 50 messages; a comma would make two ids of one.
        if any(not id_.strip() or "," in id_ for id_ in ids):
            raise ValueError("A messageId to look up is empty or holds a comma.")
        return Request(method="GET", path="/sms/3/logs", params={"messageId": ",".join(dict.fromkeys(ids))})

    def read_logs(self, ids: Collection[str], reply: Reply) -> dict[str, LogRow]:
        """The rows of the messages asked for. Raises ProviderError."""
        return read_log_rows(ids, reply, scope=f"{self.scope} (or sms:manage)")


class SmsInbox(InboxFormat):
    """The inbox of numbers set to PULL."""

    inbox_path = "/sms/1/inbox/reports"

    def inbox_request(self, limit: int = 50) -> Request:
        """Pulls up to `limit` (1 to 1000) received messages; ValueError beyond that."""
        if not 1 <= limit <= MOST_PULLED:
            raise ValueError(f"1 to {MOST_PULLED} messages are pulled at a time, not {limit}.")
        return Request(method="GET", path=self.inbox_path, params={"limit": str(limit)})

    def read_inbox(self, reply: Reply) -> Inbox:
        """The messages pulled. Raises ProviderError."""
        return read_inbox(reply)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """How Infobip would send a text in one configuration (language, transliteration)."""

    text: str
    parts: int | None
    remaining: int | None
    configuration: Mapping[str, Any]


def preview_request(text: str, *, language_code: str = "", transliteration: str = "") -> Request:
    """Asks how Infobip would split a text; sends nothing."""
    options = {"languageCode": language_code, "transliteration": transliteration}
    json = {"text": text} | {name: value for name, value in options.items() if value}
    return Request(method="POST", path="/sms/1/preview", json=json)


def read_preview(reply: Reply) -> tuple[Preview, ...]:
    """The previews, one for each configuration. Raises ProviderError."""
    previews = read_objects(read_document(reply, scope=SCOPE), "previews")
    if previews is None:
        raise unreadable(reply)
    return tuple(
        Preview(
            text=read_string(preview.get("textPreview")),
            parts=read_count(preview.get("messageCount")),
            remaining=read_count(preview.get("charactersRemaining")),
            configuration=read_object(preview.get("configuration")),
        )
        for preview in previews
    )
