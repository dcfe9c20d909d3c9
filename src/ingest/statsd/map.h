#pragma once

#include "ingest/metric/wire_batch.h"
#include "ingest/statsd/decode.h"
#include "ingest/statsd/exponential_histogram.h"
#include "ingest/statsd/statsd_config.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace belfry::ingest::statsd {

/// Why a line was not counted.
struct Problem {
    std::string_view reason;  // "malformed", "type_conflict", "negative_counter", "keys_limit", "set_members_limit"
    std::string message;
};

/// What lines come to: for each name and tags a counter that only grows, the last value of a gauge, a native histogram
/// that only grows, or the members of a set in this interval; of Monasca's dialect what came in this interval. One
/// thread.
class Aggregator {
  public:
    Aggregator(const StatsdConfig& config, int64_t now_ms) : config_(config), interval_start_ms_(now_ms) {}

    /// Counts all values of the line, or none. `values` is how many.
    [[nodiscard]] std::optional<Problem> add(const Line& line, int64_t now_ms, uint64_t& values);

    /// Gives everything as samples of `time_ms`, batch by batch, to `write`. True ends what the batch held (sets begin
    /// anew, what has expired is gone), false stops here; the rest comes with the next flush.
    void flush(int64_t time_ms, bool with_metadata, const std::function<bool(const WireBatch&)>& write);

    [[nodiscard]] size_t key_count() const { return by_labels_.size(); }

  private:
    struct Key {
        std::string labels;  // canonical; "" when the place is free
        Kind kind = Kind::counter;
        bool is_fresh = true;  // not written yet
        uint32_t generation = 0;
        int64_t start_ms = 0;
        int64_t updated_ms = 0;
        double value = 0;
        bool has_news = false;   // since it was written
        uint8_t rate_count = 0;  // of a rate: values that are known, up to 2: the present one and the one before
        int64_t rate_ms[2]{};
        double rate_values[2]{};
        std::unique_ptr<ExponentialHistogram> histogram;
        std::unique_ptr<std::unordered_set<uint64_t>> members;  // hashes
    };
    struct Alias {
        uint32_t place = 0;
        uint32_t generation = 0;
    };
    struct Timed {  // a gauge that said when
        std::string labels;
        int64_t time_ms = 0;
        double value = 0;
    };

    [[nodiscard]] std::optional<Problem> read_values(const Line& line);
    [[nodiscard]] std::optional<Problem> find_key(const Line& line, int64_t now_ms, Key*& key);
    [[nodiscard]] std::optional<Problem> make_labels(const Line& line, std::string& labels) const;
    [[nodiscard]] std::optional<Problem> add_timed(const Line& line);
    [[nodiscard]] std::optional<Problem> add_member(const Line& line, Key& key);
    void apply(const Line& line, int64_t now_ms, Key& key);
    [[nodiscard]] static std::optional<double> interval_value(const Key& key);
    [[nodiscard]] bool has_expired(const Key& key, int64_t time_ms) const {
        return key.updated_ms <= time_ms - config_.expiry_ms;
    }
    void write_key(const Key& key, int64_t time_ms, bool with_metadata, WireBatch& batch);
    void settle_key(uint32_t place, int64_t time_ms);
    [[nodiscard]] bool flush_timed(const std::function<bool(const WireBatch&)>& write);

    const StatsdConfig config_;
    int64_t interval_start_ms_;
    uint64_t set_members_ = 0;
    std::deque<Key> keys_;
    std::vector<uint32_t> free_;
    std::unordered_map<std::string, Alias> by_wire_;  // name and tags as they were sent
    std::unordered_map<std::string, uint32_t> by_labels_;
    std::vector<Timed> timed_;
    std::vector<Value> values_;  // of the present line
    std::string wire_;
};

}  // namespace belfry::ingest::statsd
