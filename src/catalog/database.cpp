#include "catalog/database.h"

#include "base/log.h"

#include <sqlite3.h>

namespace belfry::catalog {
namespace {

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

int bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
    if (const auto* v = std::get_if<int64_t>(&value)) return sqlite3_bind_int64(statement, index, *v);
    // the values outlive the statement: no copy (a null destructor is SQLITE_STATIC)
    if (const auto* v = std::get_if<std::string>(&value))
        return sqlite3_bind_text64(statement, index, v->data(), v->size(), nullptr, SQLITE_UTF8);
    if (const auto* v = std::get_if<Digest>(&value))
        return sqlite3_bind_blob64(statement, index, v->data(), v->size(), nullptr);
    return sqlite3_bind_null(statement, index);
}

}  // namespace

int64_t Row::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::optional<int64_t> Row::maybe_integer(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return integer(column);
}

std::string Row::text(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_, column);
    if (text == nullptr) return {};
    return {reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Row::digest(int column, Digest* out) const {
    const void* bytes = sqlite3_column_blob(statement_, column);
    if (bytes == nullptr || static_cast<size_t>(sqlite3_column_bytes(statement_, column)) != out->size()) return false;
    std::memcpy(out->data(), bytes, out->size());
    return true;
}

void Database::Close::operator()(sqlite3* db) const {
    sqlite3_close_v2(db);
}

Error Database::error(std::string_view what) const {
    const int code = sqlite3_errcode(db_.get()) & 0xff;
    const Code kind = code == SQLITE_FULL                               ? Code::exhausted
                      : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? Code::corrupt
                                                                        : Code::internal;
    return make_error(kind, "{}: {}", what, sqlite3_errmsg(db_.get()));
}

Result<Database> Database::open(const std::string& path) {
    Database database;
    sqlite3* raw = nullptr;
    const int rc =
        sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    database.db_.reset(raw);
    if (rc != SQLITE_OK) return database.error(fmt::format("open {}", path));
    auto set = database.execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;");
    if (!set.ok()) return std::move(set).error().context("open {}", path);
    return database;
}

Status Database::execute(const std::string& sql) {
    if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return error("catalog");
    return {};
}

Status Database::execute(std::string_view sql, const std::vector<SqlValue>& values) {
    return query(sql, values, [](const Row&) {});
}

Status Database::query(std::string_view sql,
                       const std::vector<SqlValue>& values,
                       const std::function<void(const Row&)>& each) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK)
        return error("catalog");
    const Statement statement(raw);
    for (size_t i = 0; i < values.size(); ++i) {
        if (bind(raw, static_cast<int>(i) + 1, values[i]) != SQLITE_OK) return error("catalog");
    }
    while (true) {
        const int rc = sqlite3_step(raw);
        if (rc == SQLITE_DONE) return {};
        if (rc != SQLITE_ROW) return error("catalog");
        each(Row(raw));
    }
}

Result<Prepared> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                           nullptr) != SQLITE_OK)
        return error("catalog");
    return Prepared(raw);
}

void Prepared::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Prepared& Prepared::bind(int index, int64_t value) {
    INVARIANT(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK, "the statement has this parameter");
    return *this;
}

Prepared& Prepared::bind(int index, std::string_view text) {
    // of a null pointer SQLite would make NULL
    const char* begin = text.empty() ? "" : text.data();
    INVARIANT(sqlite3_bind_text64(statement_.get(), index, begin, text.size(), nullptr, SQLITE_UTF8) == SQLITE_OK,
              "the statement has this parameter and the text is below SQLite's limit");
    return *this;
}

Status Prepared::run() {
    const int rc = sqlite3_step(statement_.get());
    Status done;
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        const Code code = (rc & 0xff) == SQLITE_FULL ? Code::exhausted : Code::internal;
        done = make_error(code, "catalog: {}", sqlite3_errmsg(sqlite3_db_handle(statement_.get())));
    }
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    return done;
}

int Database::changes() const {
    return sqlite3_changes(db_.get());
}

Result<Transaction> Transaction::begin(Database& db) {
    if (auto begun = db.execute("BEGIN IMMEDIATE"); !begun.ok()) return begun.error();
    return Transaction(&db);
}

Transaction::~Transaction() {
    if (db_ == nullptr) return;
    if (auto undone = db_->execute("ROLLBACK"); !undone.ok())
        log_error("catalog", "rollback failed", {{"error", undone.error().message}});
}

Status Transaction::commit() {
    if (auto done = db_->execute("COMMIT"); !done.ok()) return done;
    db_ = nullptr;
    return {};
}

}  // namespace belfry::catalog
