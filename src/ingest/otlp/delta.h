#pragma once

#include "base/clock.h"
#include "base/hash.h"
#include "ingest/otlp/distribution.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::ingest::otlp {

/// What became of a point of delta temporality.
enum class DeltaVerdict {
    taken,
    out_of_order,  // not newer than the stream's last one, or it began before the stream did: repeated or late
    busy,          // another request has points of this stream under way: this one is to come again
    full,          // a new stream past otlp.delta_streams_max
};

/// Sums up streams of delta temporality, which Prometheus' model does not have. Sums live in memory; a stream that is
/// new, also because Belfry was started or the stream was idle, begins at zero with a start time of its own, and a zero
/// is stored before its first point: for queries that is the restart of a counter, so that nothing is lost or counted
/// twice. A request's points count once its samples are stored: else its repetition would be refused. Any thread.
class DeltaStreams {
  public:
    DeltaStreams(Clock& clock, uint64_t streams_max, int64_t idle_ms);

    struct Sum {
        int64_t start_ms = 0;            // since when it counts
        std::optional<int64_t> zero_ms;  // the stream is new: a zero is to be stored at this time
        double number = 0;
        const Distribution* distribution = nullptr;  // until the transaction's next call
    };

  private:
    struct State {
        int64_t start_ms = 0;
        uint64_t start_ns = 0;
        uint64_t last_ns = 0;
        double number = 0;
        Distribution distribution;
    };
    struct Stream {
        State state;    // as stored
        State pending;  // as it will be when the owner commits
        const void* owner = nullptr;
        bool fresh = true;  // nothing is stored yet
        int64_t seen_ms = 0;
    };
    struct KeyHash {
        size_t operator()(const Hash128& key) const { return key.low; }
    };
    using Map = std::unordered_map<Hash128, Stream, KeyHash>;

  public:
    /// The points of one request: all of them count, or none. Undone when it is dropped without `commit`.
    class Transaction {
      public:
        explicit Transaction(DeltaStreams& streams) : streams_(streams) {}
        ~Transaction();
        Transaction(const Transaction&) = delete;
        Transaction& operator=(const Transaction&) = delete;

        [[nodiscard]] DeltaVerdict add_number(const Hash128& key, const Point& point, double value, Sum* sum);
        [[nodiscard]] DeltaVerdict add_distribution(const Hash128& key,
                                                    const Point& point,
                                                    const Distribution& value,
                                                    Sum* sum);
        void commit();

      private:
        DeltaVerdict begin(const Hash128& key, const Point& point, Stream** stream, Sum* sum);
        DeltaStreams& streams_;  // outlives this
        std::vector<Map::value_type*> touched_;
    };

    /// The stream of a series: equal for equal sets of attributes in whatever order they came.
    [[nodiscard]] Hash128 key_of(std::string_view tenant, std::string_view series_head, const Point& point) const;
    [[nodiscard]] size_t size() const;

  private:
    void forget_idle(int64_t now_ms);

    Clock& clock_;  // outlives this
    const uint64_t streams_max_;
    const int64_t idle_ms_;
    const uint64_t seeds_[2];
    mutable std::mutex mutex_;  // guards streams_ and next_sweep_ms_; what a transaction owns is its own
    Map streams_;
    int64_t next_sweep_ms_ = 0;
};

}  // namespace belfry::ingest::otlp
