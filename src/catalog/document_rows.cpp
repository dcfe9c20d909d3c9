#include "catalog/document_rows.h"

namespace belfry::catalog {

const char* const DOCUMENT_TABLE = R"(
CREATE TABLE IF NOT EXISTS documents(kind TEXT NOT NULL, id TEXT NOT NULL, tenant TEXT NOT NULL, name TEXT NOT NULL,
  json TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, updated_by TEXT NOT NULL,
  PRIMARY KEY(kind, id)) WITHOUT ROWID;
)";

Status store_document(Database& db, const Document& d) {
    return db.execute("INSERT OR REPLACE INTO documents VALUES(?,?,?,?,?,?,?,?)",
                      {std::string(d.kind), d.id, d.tenant, d.name, d.json, d.created_ms, d.updated_ms, d.updated_by});
}

Status remove_document(Database& db, const RemoveDocument& removed) {
    return db.execute("DELETE FROM documents WHERE kind=? AND id=?", {removed.kind, removed.id});
}

Status each_document(Database& db, const std::function<void(Document)>& each) {
    return db.query("SELECT kind, id, tenant, name, json, created_ms, updated_ms, updated_by FROM documents", {},
                    [&](const Row& r) {
                        each({.kind = r.text(0),
                              .id = r.text(1),
                              .tenant = r.text(2),
                              .name = r.text(3),
                              .json = r.text(4),
                              .created_ms = r.integer(5),
                              .updated_ms = r.integer(6),
                              .updated_by = r.text(7)});
                    });
}

}  // namespace belfry::catalog
