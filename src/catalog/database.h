#pragma once

#include "base/result.h"
#include "catalog/secret.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace belfry::catalog {

/// A SQL parameter: NULL, integer, text or blob.
using SqlValue = std::variant<std::monostate, int64_t, std::string, Digest>;

/// One row while it is being read; valid inside the callback of `Database::query`.
class Row {
  public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
    [[nodiscard]] int64_t integer(int column) const;
    [[nodiscard]] std::optional<int64_t> maybe_integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    /// False when the column does not hold 32 bytes.
    [[nodiscard]] bool digest(int column, Digest* out) const;

  private:
    sqlite3_stmt* statement_;
};

/// A statement that is run many times. One thread at a time; its Database outlives it.
class Prepared {
  public:
    Prepared& bind(int index, int64_t value);
    /// The text is read by `run`, not before.
    Prepared& bind(int index, std::string_view text);
    /// Runs with what was bound, and forgets it.
    [[nodiscard]] Status run();

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Prepared(sqlite3_stmt* statement) : statement_(statement) {}
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One SQLite connection. One thread at a time. Every commit is synced.
class Database {
  public:
    [[nodiscard]] static Result<Database> open(const std::string& path);

    /// One or more statements without parameters.
    [[nodiscard]] Status execute(const std::string& sql);
    [[nodiscard]] Status execute(std::string_view sql, const std::vector<SqlValue>& values);
    [[nodiscard]] Status query(std::string_view sql,
                               const std::vector<SqlValue>& values,
                               const std::function<void(const Row&)>& each);
    [[nodiscard]] Result<Prepared> prepare(std::string_view sql);
    /// Rows changed by the last statement.
    [[nodiscard]] int changes() const;

  private:
    struct Close {
        void operator()(sqlite3* db) const;
    };
    [[nodiscard]] Error error(std::string_view what) const;
    std::unique_ptr<sqlite3, Close> db_;
};

/// BEGIN IMMEDIATE ... COMMIT; rolls back when it is left without `commit`.
class Transaction {
  public:
    [[nodiscard]] static Result<Transaction> begin(Database& db);
    Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    [[nodiscard]] Status commit();

  private:
    explicit Transaction(Database* db) : db_(db) {}
    Database* db_;  // null: over
};

}  // namespace belfry::catalog
