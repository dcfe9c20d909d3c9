#include "notify/store.h"

#include "base/json.h"
#include "codec/alarm_record.h"

namespace belfry::notify {
namespace {

constexpr const char* SCHEMA = R"(
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delivery (
  id INTEGER PRIMARY KEY, offset INTEGER NOT NULL, at_ms INTEGER NOT NULL, tenant TEXT NOT NULL, alarm_id TEXT NOT NULL,
  alarm_name TEXT NOT NULL, transition_id TEXT NOT NULL, state TEXT NOT NULL, method_id TEXT NOT NULL,
  method TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL, next_ms INTEGER NOT NULL,
  code INTEGER NOT NULL, detail TEXT NOT NULL, took_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS delivery_alarm ON delivery (alarm_id, id);
CREATE TABLE IF NOT EXISTS outbox (
  id INTEGER PRIMARY KEY, offset INTEGER NOT NULL, at_ms INTEGER NOT NULL, tenant TEXT NOT NULL, method_id TEXT NOT NULL,
  method TEXT NOT NULL, type TEXT NOT NULL, pair TEXT NOT NULL, next_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,
  code INTEGER NOT NULL, detail TEXT NOT NULL, notice TEXT NOT NULL, events TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS repeat (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alarm_group (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hushed (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
)";
constexpr std::string_view PUT_DELIVERY = "INSERT OR REPLACE INTO delivery VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr std::string_view PUT_OUTBOX = "INSERT OR REPLACE INTO outbox VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr std::array<std::string_view, 6> STATUSES = {"pending", "sent", "failed", "silenced", "inhibited", "muted"};
constexpr size_t LOG_LIMIT_MAX = 10'000;

int64_t sql_offset(uint64_t offset) {
    return offset == Delivery::NO_OFFSET ? -1 : static_cast<int64_t>(offset);
}

std::string notice_json(const Notice& notice) {
    JsonWriter json;
    json.begin_object().field("key", notice.key).field("repeat", notice.repeat).field("at_ms", notice.at_ms);
    if (notice.group) {
        json.field("group", notice.group->key).key("labels");
        codec::write_dimensions(json, notice.group->labels);
    }
    json.end_object();
    return json.take();
}

std::string events_json(const Notice& notice) {
    model::AlarmBatch batch;
    batch.origin = "notify";
    for (const EventPtr& event : notice.events)
        batch.events.push_back(*event);
    return codec::encode_alarm_batch(batch);
}

Result<std::shared_ptr<const Notice>> read_notice(const std::string& text, const std::string& events) {
    const JsonView json = TRY(JsonView::parse(text));
    model::AlarmBatch batch = TRY(codec::decode_alarm_batch(events));
    if (batch.events.empty()) return make_error(Code::corrupt, "a notice without events");
    auto out = std::make_shared<Notice>();
    out->key = json.string_or("key", "");
    out->repeat = json.bool_or("repeat", false);
    out->at_ms = json.int_or("at_ms", 0);
    if (json.has("group"))
        out->group = std::make_shared<const GroupFacts>(
            GroupFacts{.key = json.string_or("group", ""), .labels = codec::read_dimensions(json.get("labels"))});
    for (model::AlarmEvent& event : batch.events)
        out->events.push_back(std::make_shared<const model::AlarmEvent>(std::move(event)));
    return std::shared_ptr<const Notice>(std::move(out));
}

std::vector<catalog::SqlValue> delivery_values(const Delivery& d,
                                               DeliveryStatus status,
                                               uint32_t attempts,
                                               int64_t next_ms,
                                               int code,
                                               const std::string& detail,
                                               int64_t took_ms) {
    const model::AlarmEvent& event = *d.notice->events.front();
    return {d.id,
            sql_offset(d.offset),
            d.at_ms,
            d.tenant,
            event.alarm.id,
            event.alarm.name,
            d.notice->key,
            std::string(model::to_string(event.alarm.state)),
            d.method_id,
            d.method,
            d.type,
            std::string(to_string(status)),
            static_cast<int64_t>(attempts),
            next_ms,
            static_cast<int64_t>(code),
            detail,
            took_ms};
}

/// Values are texts and integers.
Status run(catalog::Prepared& statement, const std::vector<catalog::SqlValue>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
        if (const auto* text = std::get_if<std::string>(&values[i]))
            statement.bind(static_cast<int>(i) + 1, std::string_view(*text));
        else
            statement.bind(static_cast<int>(i) + 1, std::get<int64_t>(values[i]));
    }
    return statement.run();
}

}  // namespace

std::string_view to_string(DeliveryStatus status) {
    return STATUSES[static_cast<size_t>(status)];
}

std::string Store::told_key(std::string_view transition_id, std::string_view method_id) {
    return std::string(transition_id) + '|' + std::string(method_id);
}

Result<std::unique_ptr<Store>> Store::open(const std::string& path) {
    catalog::Database writer = TRY(catalog::Database::open(path));
    TRY(writer.execute(SCHEMA));
    catalog::Database reader = TRY(catalog::Database::open(path));
    return std::unique_ptr<Store>(new Store(std::move(writer), std::move(reader)));
}

Result<Store::Restored> Store::load() {
    const std::lock_guard lock(write_mutex_);
    Restored out;
    TRY(writer_.query("SELECT name, value FROM meta", {}, [&](const catalog::Row& row) {
        if (row.text(0) == "position") out.position = static_cast<uint64_t>(row.integer(1));
        if (row.text(0) == "next_id") out.next_id = row.integer(1);
    }));
    TRY(writer_.query("SELECT id, next_ms, pair, tenant, method_id FROM outbox ORDER BY id", {},
                      [&](const catalog::Row& row) {
                          out.waiting.push_back({.id = row.integer(0),
                                                 .next_ms = row.integer(1),
                                                 .pair = row.text(2),
                                                 .tenant = row.text(3),
                                                 .method_id = row.text(4)});
                      }));
    TRY(writer_.query("SELECT key, json FROM repeat", {}, [&](const catalog::Row& row) {
        out.repeats.push_back({.key = row.text(0), .json = row.text(1)});
    }));
    TRY(writer_.query("SELECT key, json FROM alarm_group", {}, [&](const catalog::Row& row) {
        out.groups.push_back({.key = row.text(0), .json = row.text(1)});
    }));
    TRY(writer_.query("SELECT key, json FROM hushed", {}, [&](const catalog::Row& row) {
        out.hushed.push_back({.key = row.text(0), .json = row.text(1)});
    }));
    TRY(writer_.query("SELECT transition_id, method_id FROM delivery WHERE offset >= ?",
                      {static_cast<int64_t>(out.position)},
                      [&](const catalog::Row& row) { out.told.push_back(told_key(row.text(0), row.text(1))); }));
    int64_t greatest = 0;
    TRY(writer_.query("SELECT max(id) FROM delivery", {}, [&](const catalog::Row& row) { greatest = row.integer(0); }));
    out.next_id = std::max(out.next_id, greatest + 1);
    return out;
}

Status Store::write_rows(const StoreBatch& batch) {
    catalog::Prepared put_delivery = TRY(writer_.prepare(PUT_DELIVERY));
    catalog::Prepared put_outbox = TRY(writer_.prepare(PUT_OUTBOX));
    for (const DeliveryPtr& d : batch.finished) {
        TRY(run(put_delivery, delivery_values(*d, d->status, d->attempts, 0, d->code, d->detail, d->took_ms)));
        if (d->in_store) TRY(writer_.execute("DELETE FROM outbox WHERE id = ?", {d->id}));
    }
    for (const OutboxRow& row : batch.waiting) {
        const Delivery& d = *row.delivery;
        TRY(run(put_delivery,
                delivery_values(d, DeliveryStatus::pending, row.attempts, row.next_ms, row.code, row.detail, 0)));
        TRY(run(put_outbox, {d.id, sql_offset(d.offset), d.at_ms, d.tenant, d.method_id, d.method, d.type, d.pair,
                             row.next_ms, static_cast<int64_t>(row.attempts), static_cast<int64_t>(row.code),
                             row.detail, notice_json(*d.notice), events_json(*d.notice)}));
    }
    const auto put_states = [&](const std::vector<StateRow>& rows, std::string_view put,
                                std::string_view remove) -> Status {
        for (const StateRow& row : rows)
            TRY(row.json.empty() ? writer_.execute(remove, {row.key}) : writer_.execute(put, {row.key, row.json}));
        return {};
    };
    TRY(put_states(batch.repeats, "INSERT OR REPLACE INTO repeat VALUES (?,?)", "DELETE FROM repeat WHERE key = ?"));
    TRY(put_states(batch.groups, "INSERT OR REPLACE INTO alarm_group VALUES (?,?)",
                   "DELETE FROM alarm_group WHERE key = ?"));
    TRY(put_states(batch.hushed, "INSERT OR REPLACE INTO hushed VALUES (?,?)", "DELETE FROM hushed WHERE key = ?"));
    TRY(writer_.execute("INSERT OR REPLACE INTO meta VALUES ('position', ?)", {static_cast<int64_t>(batch.position)}));
    return writer_.execute("INSERT OR REPLACE INTO meta VALUES ('next_id', ?)", {batch.next_id});
}

Status Store::write(const StoreBatch& batch) {
    const std::lock_guard lock(write_mutex_);
    catalog::Transaction transaction = TRY(catalog::Transaction::begin(writer_));
    TRY(write_rows(batch));
    return transaction.commit();
}

Result<std::vector<DeliveryPtr>> Store::waiting(const std::vector<int64_t>& ids) {
    const std::lock_guard lock(read_mutex_);
    std::vector<DeliveryPtr> out;
    for (const int64_t id : ids) {
        TRY(reader_.query("SELECT * FROM outbox WHERE id = ?", {id}, [&](const catalog::Row& row) {
            auto notice = read_notice(row.text(12), row.text(13));
            if (!notice.ok()) return;
            auto d = std::make_shared<Delivery>();
            d->id = row.integer(0);
            d->offset = row.integer(1) < 0 ? Delivery::NO_OFFSET : static_cast<uint64_t>(row.integer(1));
            d->at_ms = row.integer(2);
            d->tenant = row.text(3);
            d->method_id = row.text(4);
            d->method = row.text(5);
            d->type = row.text(6);
            d->pair = row.text(7);
            d->next_ms = row.integer(8);
            d->attempts = static_cast<uint32_t>(row.integer(9));
            d->code = static_cast<int>(row.integer(10));
            d->detail = row.text(11);
            d->notice = *std::move(notice);
            d->in_store = true;
            out.push_back(std::move(d));
        }));
    }
    return out;
}

Result<std::vector<DeliveryRow>> Store::log(const DeliveryQuery& query) {
    std::string sql = "SELECT * FROM delivery WHERE id < ? AND tenant = ?";
    std::vector<catalog::SqlValue> values = {query.before, query.tenant};
    const auto where = [&](std::string_view column, const std::string& value) {
        if (value.empty()) return;
        sql += fmt::format(" AND {} = ?", column);
        values.emplace_back(value);
    };
    where("alarm_id", query.alarm_id);
    where("method_id", query.method_id);
    where("transition_id", query.transition_id);
    where("status", query.status);
    sql += " ORDER BY id DESC LIMIT ?";
    values.emplace_back(static_cast<int64_t>(std::min(query.limit, LOG_LIMIT_MAX)));
    std::vector<DeliveryRow> out;
    const std::lock_guard lock(read_mutex_);
    TRY(reader_.query(sql, values, [&](const catalog::Row& row) {
        out.push_back({.id = row.integer(0),
                       .at_ms = row.integer(2),
                       .tenant = row.text(3),
                       .alarm_id = row.text(4),
                       .alarm_name = row.text(5),
                       .transition_id = row.text(6),
                       .state = row.text(7),
                       .method_id = row.text(8),
                       .method = row.text(9),
                       .type = row.text(10),
                       .status = row.text(11),
                       .attempts = static_cast<uint32_t>(row.integer(12)),
                       .next_ms = row.integer(13),
                       .code = static_cast<int>(row.integer(14)),
                       .detail = row.text(15),
                       .took_ms = row.integer(16)});
    }));
    return out;
}

Status Store::trim(int64_t before_ms, uint64_t rows_max) {
    const std::lock_guard lock(write_mutex_);
    // ids ascend with time, so both limits are one id
    int64_t keep_from = 0;
    TRY(writer_.query("SELECT id FROM delivery ORDER BY id DESC LIMIT 1 OFFSET ?", {static_cast<int64_t>(rows_max)},
                      [&](const catalog::Row& row) { keep_from = row.integer(0) + 1; }));
    TRY(writer_.query("SELECT id FROM delivery WHERE at_ms >= ? ORDER BY id LIMIT 1", {before_ms},
                      [&](const catalog::Row& row) { keep_from = std::max(keep_from, row.integer(0)); }));
    if (keep_from == 0) return {};
    constexpr int64_t AT_ONCE = 20'000;  // a turn holds up outcomes for some milliseconds
    return writer_.execute(
        "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < ? AND status <> 'pending' ORDER BY id "
        "LIMIT ?)",
        {keep_from, AT_ONCE});
}

Status Store::copy_to(const std::string& path) {
    const std::lock_guard lock(read_mutex_);
    return reader_.execute("VACUUM INTO ?", {path});
}

}  // namespace belfry::notify
