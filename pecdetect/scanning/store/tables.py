"""The tables of the store, and a result as their rows: columns and what fills them, side by side."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from pecdetect.contract import file_name, json_text
from pecdetect.record import result_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.contract import Result, Verdict
    from pecdetect.record import Record

TABLES: Final = {
    "runs": """CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  version TEXT NOT NULL,
  rules TEXT NOT NULL,
  arguments TEXT NOT NULL,
  directory TEXT NOT NULL,
  environment TEXT NOT NULL,
  profile TEXT NOT NULL,
  limits TEXT NOT NULL,
  options TEXT NOT NULL,
  settings TEXT NOT NULL,
  started TEXT NOT NULL,
  ended TEXT,
  complete INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  undetermined INTEGER NOT NULL DEFAULT 0,
  degraded INTEGER NOT NULL DEFAULT 0,
  syncs INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  exports TEXT NOT NULL DEFAULT '{}',
  CHECK (items = blocked + undetermined + degraded + syncs + skipped + errors)
)""",
    "containers": """CREATE TABLE containers (
  path TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  sha256 TEXT,
  problem TEXT,
  hashed_in INTEGER NOT NULL REFERENCES runs (id),
  seen_in INTEGER NOT NULL REFERENCES runs (id)
) WITHOUT ROWID""",
    "items": """CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  judged_in INTEGER NOT NULL REFERENCES runs (id),
  seen_in INTEGER NOT NULL REFERENCES runs (id),
  source TEXT NOT NULL,
  file TEXT,
  file_size INTEGER,
  mtime_ns INTEGER,
  size INTEGER,
  sha256 TEXT,
  md5 TEXT,
  sha1 TEXT,
  container TEXT,
  kind TEXT,
  outcome TEXT,
  outcome_basis TEXT,
  decided_by TEXT,
  summary TEXT,
  channel TEXT,
  message_id TEXT,
  date TEXT,
  sender TEXT,
  sender_domain TEXT,
  provider_domain TEXT,
  recipients TEXT,
  subject TEXT,
  message_class TEXT,
  pec_type TEXT,
  pec_layout TEXT,
  pec_provider TEXT,
  pec_sender TEXT,
  pec_identifier TEXT,
  skipped TEXT,
  error TEXT,
  detail TEXT,
  result TEXT NOT NULL
)""",
    "reasons": """CREATE TABLE reasons (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  code TEXT NOT NULL,
  variant TEXT NOT NULL,
  effect TEXT NOT NULL,
  basis TEXT NOT NULL,
  decides INTEGER NOT NULL,
  title TEXT NOT NULL,
  detail TEXT NOT NULL,
  facts TEXT NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY (item_id, number)
) WITHOUT ROWID""",
    "attachments": """CREATE TABLE attachments (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  part TEXT NOT NULL,
  name TEXT,
  type TEXT NOT NULL,
  size INTEGER,
  size_at_most INTEGER,
  size_stated INTEGER,
  sha256 TEXT,
  hidden_in TEXT,
  PRIMARY KEY (item_id, number)
) WITHOUT ROWID""",
    "parts": """CREATE TABLE parts (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  section TEXT NOT NULL,
  stream TEXT,
  type TEXT NOT NULL,
  name TEXT,
  encoding TEXT NOT NULL,
  first INTEGER NOT NULL,
  past INTEGER NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (item_id, number)
) WITHOUT ROWID""",
    "anomalies": """CREATE TABLE anomalies (
  item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  code TEXT NOT NULL,
  severity TEXT NOT NULL,
  part TEXT NOT NULL,
  stream TEXT,
  first INTEGER NOT NULL,
  past INTEGER NOT NULL,
  reading TEXT NOT NULL,
  PRIMARY KEY (item_id, number)
) WITHOUT ROWID""",
}
INDEXES: Final = {
    "items_source": "CREATE INDEX items_source ON items (source)",
    "items_sha256": "CREATE INDEX items_sha256 ON items (sha256)",
    "items_outcome": "CREATE INDEX items_outcome ON items (outcome, sender_domain)",
    "items_seen_in": "CREATE INDEX items_seen_in ON items (seen_in)",
    "items_judged_in": "CREATE INDEX items_judged_in ON items (judged_in)",
    "reasons_code": "CREATE INDEX reasons_code ON reasons (code, item_id)",
    "anomalies_code": "CREATE INDEX anomalies_code ON anomalies (code, item_id)",
}

_ITEM: Final = (
    "source", "file", "file_size", "mtime_ns", "size", "sha256", "md5", "sha1", "container", "kind",
    "outcome", "outcome_basis", "decided_by", "summary", "channel",
    "message_id", "date", "sender", "sender_domain", "provider_domain", "recipients", "subject", "message_class",
    "pec_type", "pec_layout", "pec_provider", "pec_sender", "pec_identifier",
    "skipped", "error", "detail", "result",
)  # fmt: skip
_CHILDREN: Final = {
    "reasons": ("code", "variant", "effect", "basis", "decides", "title", "detail", "facts", "evidence"),
    "attachments": ("part", "name", "type", "size", "size_at_most", "size_stated", "sha256", "hidden_in"),
    "parts": ("section", "stream", "type", "name", "encoding", "first", "past", "size"),
    "anomalies": ("code", "severity", "part", "stream", "first", "past", "reading"),
}
_FIELDS: Final = {"first": "start", "past": "end"}
"""Fields of the contract for columns of another name: SQL has its own ``start`` and ``end``."""
_GETTERS: Final = {
    table: attrgetter(*(_FIELDS.get(column, column) for column in _CHILDREN[table]))
    for table in ("attachments", "parts", "anomalies")
}


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - fixed


INSERT_ITEM: Final = _insert("items", ("position", "judged_in", "seen_in", *_ITEM))
INSERT_CHILD: Final = {table: _insert(table, ("item_id", "number", *columns)) for table, columns in _CHILDREN.items()}


def item_row(record: Record) -> tuple[Any, ...]:
    """Give the values of a row of ``items``, but for the first three columns."""
    columns = record.columns
    return (
        record.source,
        None if record.file is None else file_name(record.file),
        *(record.fingerprint or (None, None)),
        *_judged(result_of(record).verdict, record),
        columns.skipped,
        columns.error,
        columns.detail,
        record.line.decode(),
    )


def _judged(verdict: Verdict | None, record: Record) -> tuple[Any, ...]:
    columns = record.columns
    if verdict is None:
        return (None, columns.sha256, record.md5, record.sha1, *(None,) * 20)
    message, pec = verdict.message, verdict.pec
    return (
        columns.size,
        columns.sha256,
        record.md5,
        record.sha1,
        verdict.container,
        message.kind,
        verdict.outcome.value,
        verdict.outcome_basis.value,
        " ".join(verdict.decided_by),
        verdict.summary,
        verdict.profile.channel.value,
        message.message_id,
        message.date,
        columns.sender,
        columns.sender_domain,
        columns.provider_domain,
        json_text(message.to + message.cc),
        message.subject,
        message.message_class,
        *((None,) * 5 if pec is None else (pec.type, pec.layout, pec.provider, pec.sender, pec.identifier)),
    )


def child_rows(result: Result, item: int) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Yield the rows of each table that belongs to ``items``, and the statement that inserts them."""
    verdict = result.verdict
    if verdict is None:
        return
    if verdict.reasons:
        yield INSERT_CHILD["reasons"], list(_reasons(verdict, item))
    for table, values in _GETTERS.items():
        entries = getattr(verdict, table)
        if entries:
            yield INSERT_CHILD[table], [(item, number, *values(entry)) for number, entry in enumerate(entries, 1)]


def _reasons(verdict: Verdict, item: int) -> Iterator[tuple[Any, ...]]:
    for number, reason in enumerate(verdict.reasons, 1):
        yield (
            item,
            number,
            reason.code,
            reason.variant,
            reason.effect.value,
            reason.basis.value,
            reason.code in verdict.decided_by,
            reason.title,
            reason.detail,
            json_text(reason.facts),
            json_text(reason.evidence),
        )
