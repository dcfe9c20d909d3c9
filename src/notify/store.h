#pragma once

#include "base/result.h"
#include "catalog/database.h"
#include "notify/delivery.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::notify {

/// What waits, as the store has it.
struct OutboxRow {
    int64_t id = 0;
    int64_t next_ms = 0;
    uint32_t attempts = 0;
    uint64_t offset = 0;
    std::string detail;
    int code = 0;
    DeliveryPtr delivery;  // whose first part is read
};

/// A row of a table of states: repeats, groups, what is kept quiet.
struct StateRow {
    std::string key;
    std::string json;  // "" removes it
};

/// What changes at once.
struct StoreBatch {
    std::vector<DeliveryPtr> finished;
    std::vector<OutboxRow> waiting;
    std::vector<StateRow> repeats;
    std::vector<StateRow> groups;
    std::vector<StateRow> hushed;
    uint64_t position = 0;
    int64_t next_id = 0;
    [[nodiscard]] bool empty() const {
        return finished.empty() && waiting.empty() && repeats.empty() && groups.empty() && hushed.empty();
    }
};

/// DATA/notify.sqlite: the position in topic `transitions`, what waits (outbox), the delivery log, repeats, groups,
/// what is kept quiet. `write` by one thread, reads by any.
class Store {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::string& path);

    struct Waiting {
        int64_t id = 0;
        int64_t next_ms = 0;
        std::string pair, tenant, method_id;
    };
    struct Restored {
        uint64_t position = 0;
        int64_t next_id = 1;
        std::vector<Waiting> waiting;  // by id
        std::vector<StateRow> repeats;
        std::vector<StateRow> groups;
        std::vector<StateRow> hushed;
        std::vector<std::string> told;  // transition and method of records at and after the position
    };
    [[nodiscard]] Result<Restored> load();
    /// All or nothing.
    [[nodiscard]] Status write(const StoreBatch& batch);
    /// What waits under these ids, by id; rows that cannot be read are left out.
    [[nodiscard]] Result<std::vector<DeliveryPtr>> waiting(const std::vector<int64_t>& ids);
    [[nodiscard]] Result<std::vector<DeliveryRow>> log(const DeliveryQuery& query);
    /// Removes what is finished and older than `before_ms`, and the oldest rows beyond `rows_max`.
    [[nodiscard]] Status trim(int64_t before_ms, uint64_t rows_max);
    [[nodiscard]] Status copy_to(const std::string& path);

    [[nodiscard]] static std::string told_key(std::string_view transition_id, std::string_view method_id);

  private:
    Store(catalog::Database writer, catalog::Database reader)
        : writer_(std::move(writer)), reader_(std::move(reader)) {}
    [[nodiscard]] Status write_rows(const StoreBatch& batch);
    std::mutex write_mutex_;  // guards writer_
    catalog::Database writer_;
    std::mutex read_mutex_;  // guards reader_
    catalog::Database reader_;
};

}  // namespace belfry::notify
