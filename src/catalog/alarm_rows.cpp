#include "catalog/alarm_rows.h"

#include "base/hash.h"
#include "base/json.h"
#include "catalog/alarm_merge.h"
#include "catalog/alarm_stats.h"
#include "codec/alarm_record.h"

namespace belfry::catalog {
namespace {

constexpr int64_t SCHEMA_VERSION = 1;
constexpr int64_t NO_ALARMS = 3;  // a state of table watch

constexpr const char* SCHEMA = R"(
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alarms(slot INTEGER PRIMARY KEY, id TEXT NOT NULL, alarm TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS history(number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, tenant TEXT NOT NULL,
  alarm_key INTEGER NOT NULL, definition_key INTEGER NOT NULL, kind INTEGER NOT NULL, event TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS watch(number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, at_ms INTEGER NOT NULL,
  state INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS watch_tenant ON watch(tenant);
CREATE INDEX IF NOT EXISTS history_alarm ON history(alarm_key);
CREATE INDEX IF NOT EXISTS history_definition ON history(definition_key);
CREATE INDEX IF NOT EXISTS history_tenant ON history(tenant);
CREATE INDEX IF NOT EXISTS history_time ON history(at_ms);
)";

int64_t key_of(std::string_view id) {
    return static_cast<int64_t>(hash64(id) >> 33);
}

}  // namespace

Status prepare_alarm_tables(Database& db) {
    int64_t version = 0;
    TRY(db.query("PRAGMA user_version", {}, [&](const Row& row) { version = row.integer(0); }));
    if (version > SCHEMA_VERSION) return make_error(Code::invalid, "written by a newer Belfry (schema {})", version);
    auto transaction = TRY(Transaction::begin(db));
    TRY(db.execute(SCHEMA));
    TRY(db.execute(fmt::format("PRAGMA user_version={}", SCHEMA_VERSION)));
    return transaction.commit();
}

Result<int64_t> read_meta(Database& db, std::string_view name) {
    int64_t value = 0;
    TRY(db.query("SELECT value FROM meta WHERE name=?", {std::string(name)},
                 [&](const Row& r) { value = r.integer(0); }));
    return value;
}

Result<AlarmRows> AlarmRows::prepare(Database& db) {
    auto put = TRY(db.prepare("INSERT OR REPLACE INTO alarms VALUES(?,?,?)"));
    auto remove = TRY(db.prepare("DELETE FROM alarms WHERE slot=?"));
    auto history = TRY(db.prepare("INSERT INTO history VALUES(?,?,?,?,?,?,?)"));
    auto meta = TRY(db.prepare("INSERT OR REPLACE INTO meta VALUES(?,?)"));
    auto watch = TRY(db.prepare("INSERT INTO watch(tenant, at_ms, state, reason) VALUES(?,?,?,?)"));
    return AlarmRows(std::move(put), std::move(remove), std::move(history), std::move(meta), std::move(watch));
}

Status AlarmRows::put(int64_t slot, std::string_view id, std::string_view alarm) {
    return put_.bind(1, slot).bind(2, id).bind(3, alarm).run();
}

Status AlarmRows::remove(int64_t slot) {
    return remove_.bind(1, slot).run();
}

Status AlarmRows::add_history(int64_t number,
                              const model::AlarmEvent& event,
                              const model::Alarm& alarm,
                              std::string_view event_json) {
    return history_.bind(1, number)
        .bind(2, event.at_ms)
        .bind(3, alarm.tenant)
        .bind(4, key_of(alarm.id))
        .bind(5, key_of(alarm.definition_id))
        .bind(6, static_cast<int64_t>(event.kind))
        .bind(7, event_json)
        .run();
}

Status AlarmRows::put_meta(std::string_view name, int64_t value) {
    return meta_.bind(1, name).bind(2, value).run();
}

Status AlarmRows::add_watch(std::string_view tenant, const WatchEntry& entry) {
    const int64_t state = entry.state ? static_cast<int64_t>(*entry.state) : NO_ALARMS;
    return watch_.bind(1, tenant).bind(2, entry.at_ms).bind(3, state).bind(4, entry.reason).run();
}

Result<std::vector<WatchEntry>> read_watch(
    Database& db, std::string_view tenant, int64_t from_ms, int64_t to_ms, size_t limit) {
    std::vector<WatchEntry> out;
    const auto add = [&](const Row& row) {
        WatchEntry entry{.at_ms = row.integer(0), .state = std::nullopt, .reason = row.text(2)};
        if (const int64_t state = row.integer(1); state >= 0 && state < NO_ALARMS)
            entry.state = static_cast<model::AlarmState>(state);
        out.push_back(std::move(entry));
    };
    TRY(db.query(fmt::format("SELECT at_ms, state, reason FROM watch WHERE tenant=? AND at_ms>? AND at_ms<? "
                             "ORDER BY number DESC LIMIT {}",
                             limit),
                 {std::string(tenant), from_ms, to_ms}, add));
    if (out.size() < limit)
        TRY(db.query("SELECT at_ms, state, reason FROM watch WHERE tenant=? AND at_ms<=? ORDER BY number DESC LIMIT 1",
                     {std::string(tenant), from_ms}, add));
    std::reverse(out.begin(), out.end());
    return out;
}

Status trim_watch(Database& db, int64_t before_ms) {
    return db.execute(
        "DELETE FROM watch WHERE at_ms<?1 AND number NOT IN "
        "(SELECT max(number) FROM watch WHERE at_ms<?1 GROUP BY tenant)",
        {before_ms});
}

Result<HistoryPage> read_history_page(Database& db, const HistoryQuery& query, size_t limit) {
    const bool by_alarm = !query.alarm_id.empty();
    const bool by_definition = !by_alarm && !query.definition_id.empty();
    const bool by_tenant = !by_alarm && !by_definition && !query.tenant.empty();
    std::string sql = "SELECT number, event FROM history ";
    std::vector<SqlValue> values;
    if (by_alarm) {
        sql += "INDEXED BY history_alarm WHERE alarm_key=?";
        values.emplace_back(key_of(query.alarm_id));
    } else if (by_definition) {
        sql += "INDEXED BY history_definition WHERE definition_key=?";
        values.emplace_back(key_of(query.definition_id));
    } else if (by_tenant) {
        sql += "INDEXED BY history_tenant WHERE tenant=?";
        values.emplace_back(query.tenant);
    } else {
        sql += "NOT INDEXED WHERE 1";
    }
    if (!query.newest_first || query.after_number != 0) {
        sql += query.newest_first ? " AND number<?" : " AND number>?";
        values.emplace_back(query.after_number);
    }
    if (query.from_ms > 0) {
        sql += " AND at_ms>=?";
        values.emplace_back(query.from_ms);
    }
    if (query.to_ms != INT64_MAX) {
        sql += " AND at_ms<?";
        values.emplace_back(query.to_ms);
    }
    if (query.transitions_only) {
        sql += " AND kind=?";
        values.emplace_back(static_cast<int64_t>(model::AlarmEvent::Kind::transition));
    }
    sql += query.newest_first ? " ORDER BY number DESC" : " ORDER BY number";
    sql += fmt::format(" LIMIT {}", limit);
    HistoryPage page;
    size_t seen = 0;
    TRY(db.query(sql, values, [&](const Row& row) {
        ++seen;
        page.last = row.integer(0);
        auto json = JsonView::parse(row.text(1));
        auto event = json.ok() ? codec::read_alarm_event(*json) : Result<model::AlarmEvent>(json.error());
        if (!event.ok()) {
            alarm_rows_damaged.add();
            return;
        }
        const model::Alarm& alarm = event->alarm;
        if (by_alarm && alarm.id != query.alarm_id) return;
        if (!query.definition_id.empty() && alarm.definition_id != query.definition_id) return;
        if (!query.tenant.empty() && alarm.tenant != query.tenant) return;
        page.entries.push_back({.number = page.last, .event = std::move(*event)});
    }));
    page.more = seen == limit;
    return page;
}

Result<std::pair<int64_t, int64_t>> history_numbers(Database& db, int64_t from_ms, int64_t to_ms) {
    std::pair<int64_t, int64_t> out{0, -1};
    TRY(db.query("SELECT min(number), max(number) FROM history INDEXED BY history_time WHERE at_ms>=? AND at_ms<?",
                 {from_ms, to_ms}, [&](const Row& r) {
                     if (const auto first = r.maybe_integer(0)) out = {*first, r.integer(1)};
                 }));
    return out;
}

Result<int> trim_history(Database& db, int64_t before_ms, int64_t below_number, int limit) {
    auto transaction = TRY(Transaction::begin(db));
    TRY(
        db.execute(fmt::format("DELETE FROM history WHERE number IN (SELECT number FROM history WHERE number<{} "
                               "UNION ALL SELECT number FROM history WHERE at_ms<{} LIMIT {})",
                               below_number, before_ms, limit)));
    const int removed = db.changes();
    TRY(transaction.commit());
    return removed;
}

}  // namespace belfry::catalog
