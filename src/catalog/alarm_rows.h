#pragma once

#include "base/result.h"
#include "catalog/alarm_store.h"
#include "catalog/database.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::catalog {

// The tables of DATA/alarms.sqlite. Schema 1:
//   meta(name, value)         applied_to, covered, next_number
//   alarms(slot, id, alarm)   slot: a number of this file only, so that a storm rewrites rows in the order of the file;
//                             alarm: JSON as in a record of topic transitions
//   history(number, at_ms, tenant, alarm_key, definition_key, kind, event)
//                             the keys are 31 bits of a hash of the id: an index of them is a quarter of one of UUIDs;
//                             a reader compares the id itself
//   watch(number, tenant, at_ms, state, reason)
//                             each time the worst state of a tenant's alarms changed; state 3: there are none

[[nodiscard]] Status prepare_alarm_tables(Database& db);
[[nodiscard]] Result<int64_t> read_meta(Database& db, std::string_view name);

/// The statements of the one writer, inside its transactions.
class AlarmRows {
  public:
    [[nodiscard]] static Result<AlarmRows> prepare(Database& db);
    [[nodiscard]] Status put(int64_t slot, std::string_view id, std::string_view alarm);
    [[nodiscard]] Status remove(int64_t slot);
    /// `event`: JSON with `alarm` as it is after it.
    [[nodiscard]] Status add_history(int64_t number,
                                     const model::AlarmEvent& event,
                                     const model::Alarm& alarm,
                                     std::string_view event_json);
    [[nodiscard]] Status put_meta(std::string_view name, int64_t value);
    [[nodiscard]] Status add_watch(std::string_view tenant, const WatchEntry& entry);

  private:
    AlarmRows(Prepared put, Prepared remove, Prepared history, Prepared meta, Prepared watch)
        : put_(std::move(put)),
          remove_(std::move(remove)),
          history_(std::move(history)),
          meta_(std::move(meta)),
          watch_(std::move(watch)) {}
    Prepared put_;
    Prepared remove_;
    Prepared history_;
    Prepared meta_;
    Prepared watch_;
};

/// One page: at most `limit` rows after `query.after_number`, without looking into events. `last` gets the number of
/// the last row that was seen, `more` whether there may be further ones.
struct HistoryPage {
    std::vector<HistoryEntry> entries;
    int64_t last = 0;
    bool more = false;
};
[[nodiscard]] Result<HistoryPage> read_history_page(Database& db, const HistoryQuery& query, size_t limit);
/// The smallest and the greatest number in [from_ms, to_ms); {0, -1}: none.
[[nodiscard]] Result<std::pair<int64_t, int64_t>> history_numbers(Database& db, int64_t from_ms, int64_t to_ms);
[[nodiscard]] Result<std::vector<WatchEntry>> read_watch(
    Database& db, std::string_view tenant, int64_t from_ms, int64_t to_ms, size_t limit);
/// Keeps the newest of each tenant that is older, for what follows begins there.
[[nodiscard]] Status trim_watch(Database& db, int64_t before_ms);
/// Removes some of what is older than `before_ms` or below `number`; gives how many.
[[nodiscard]] Result<int> trim_history(Database& db, int64_t before_ms, int64_t below_number, int limit);

}  // namespace belfry::catalog
