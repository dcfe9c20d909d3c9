#pragma once

#include "base/hash.h"
#include "model/cardinality.h"
#include "model/labels.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::ingest {

/// Counts of each of the last minutes.
class MinuteRing {
  public:
    void add(int64_t minute, uint32_t count = 1) {
        turn(minute);
        counts_[static_cast<size_t>(minute) % model::CARDINALITY_MINUTES] += count;
    }
    [[nodiscard]] model::MinuteCounts at(int64_t minute) const;  // the running minute last
    [[nodiscard]] uint64_t sum(int64_t minute) const;

  private:
    void turn(int64_t minute);
    std::array<uint32_t, model::CARDINALITY_MINUTES> counts_{};
    int64_t minute_ = 0;
};

/// Counts series by label name, by label value and by who sent them, as they are logged: new, or once more each day. So
/// a pair of name and value needs two counters, of today and of yesterday, and none a series. Exact as long as there
/// are no more names and pairs than the maxima. Guarded by the dictionary's lock; see ARCHITECTURE.md, "metrics in the
/// log".
class Cardinality {
  public:
    static constexpr size_t NAMES_MAX = 10'000;  // label names, of all tenants
    static constexpr size_t TOP_VALUES = 12;     // kept by text for each name
    static constexpr size_t NEWEST_VALUES = 5;
    static constexpr size_t VALUE_BYTES_MAX = 120;  // of texts kept
    static constexpr size_t EXAMPLES_MAX = 64;
    static constexpr size_t RECEIVERS_MAX = 32;

    struct Limits {
        uint64_t values_per_label = 0;  // distinct values of a label name of a tenant; 0: none
        uint64_t pairs_max = 4'000'000;
    };
    explicit Cardinality(Limits limits) : limits_(limits) {}

    /// The label that has as many values as it may and would get one more; empty when the series may come. Only asked
    /// for new series.
    [[nodiscard]] std::string_view over_limit(std::string_view tenant, model::LabelsView labels) const;

    /// A series was logged on `day`; `before`: when it was counted last, if that was the day before or this day.
    void count(
        std::string_view tenant, model::LabelsView labels, int32_t day, std::optional<int32_t> before, int64_t now_ms);
    /// The record with it was not taken: as if `count` had not been.
    void uncount(std::string_view tenant, model::LabelsView labels, int32_t day, std::optional<int32_t> before);

    /// What was logged before the day before `day` does not count any more.
    void turn_day(int32_t day);

    void created(
        std::string_view tenant, model::LabelsView labels, std::string_view receiver, int64_t now_ms, bool sample_it);
    void refused(std::string_view tenant,
                 model::LabelsView labels,
                 std::string_view label,
                 std::string_view limit,
                 std::string_view receiver,
                 int64_t now_ms);

    void report(std::string_view tenant, int64_t now_ms, size_t limit, model::CardinalityReport& out) const;
    [[nodiscard]] uint64_t memory_bytes() const;
    [[nodiscard]] uint64_t pairs() const { return used_; }
    /// The label name of any tenant with the most values.
    [[nodiscard]] model::CardinalityLimit largest_label() const;

  private:
    struct Value {
        uint64_t hash = 0;
        uint64_t series = 0;
        std::string text;
    };
    struct Name {
        std::string tenant;
        std::string name;
        uint64_t values = 0;
        uint32_t today = 0;
        uint32_t yesterday = 0;
        uint64_t refused = 0;
        MinuteRing new_values;
        std::vector<Value> top;
        std::vector<std::pair<uint64_t, std::string>> newest;  // (hash, text), oldest first
    };
    struct Slot {
        uint64_t hash = 0;  // of tenant, name and value; 0: empty
        uint32_t today = 0;
        uint32_t yesterday = 0;
        uint32_t name = 0;
        uint32_t top = 0;  // 1 + place in the name's top; 0: not there
    };
    struct Receiver {
        std::string id;
        uint64_t series = 0;
        uint64_t refused_total = 0;
        MinuteRing created;
        MinuteRing refused;
    };
    struct Tenant {
        MinuteRing created;
        MinuteRing refused;
        uint64_t refused_total = 0;
        std::vector<Receiver> receivers;
        std::deque<model::SeriesExample> created_examples;
        std::deque<model::SeriesExample> refused_examples;
        int64_t refused_example_ms = 0;
    };

    [[nodiscard]] uint32_t find_name(std::string_view tenant, std::string_view name) const;
    uint32_t add_name(std::string_view tenant, std::string_view name);
    [[nodiscard]] size_t find_slot(uint64_t hash) const;  // NONE when it is not there
    Slot* add_slot(uint64_t hash, uint32_t name);
    void grow();
    void set_top(Slot& slot, std::string_view value);
    [[nodiscard]] model::LabelCardinality view(const Name& name, int64_t minute) const;
    static Receiver& receiver(Tenant& tenant, std::string_view id);
    static void keep_example(std::deque<model::SeriesExample>& list, model::SeriesExample example);

    static constexpr uint32_t NO_NAME = UINT32_MAX;
    static constexpr size_t NONE = SIZE_MAX;
    const Limits limits_;
    int32_t day_ = INT32_MIN;
    std::vector<Name> names_;
    std::unordered_map<uint64_t, uint32_t> name_places_;  // by hash of tenant and name
    std::vector<Slot> slots_;
    size_t used_ = 0;
    bool complete_ = true;
    std::unordered_map<std::string, Tenant> tenants_;
};

}  // namespace belfry::ingest
