#pragma once

#include "base/clock.h"
#include "base/counter.h"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::ingest {

/// One reason for which a receiver refused records, with the newest case of it.
struct RefusalSnapshot {
    std::string reason;  // "invalid_labels": a short word that counters carry, too
    uint64_t total = 0;
    int64_t last_ms = 0;
    std::string message;  // a sentence
    std::string sample;   // what was refused, cut to SAMPLE_BYTES_MAX
};

struct ReceiverSnapshot {
    std::string id;     // "prometheus_write"
    std::string title;  // "Prometheus write"
    std::string listens_on;
    uint64_t records_total = 0;
    uint64_t bytes_total = 0;
    double records_per_s = 0;  // of the last 10 whole seconds
    double bytes_per_s = 0;
    uint64_t senders = 0;  // addresses seen in the last 5 minutes
    std::optional<int64_t> last_ms;
    uint64_t refused_total = 0;
    uint64_t refused_last_hour = 0;
    std::vector<uint64_t>
        history;  // records accepted in each of the last 60 minutes, oldest first; the last is the running one
    std::vector<RefusalSnapshot> refusals;  // newest first
};

/// What one receiver has taken and refused, for counters, the status page and the lights of "Add data". Every protocol
/// reports here, once a request. Any thread.
class ReceiverStats {
  public:
    static constexpr size_t HISTORY_MINUTES = 60;
    static constexpr size_t RATE_SECONDS = 10;
    static constexpr int64_t SENDER_MS = 5 * 60'000;
    static constexpr size_t SENDERS_MAX = 10'000;
    static constexpr size_t REASONS_MAX = 32;  // further ones share "other"
    static constexpr size_t SAMPLE_BYTES_MAX = 256;
    static constexpr size_t MESSAGE_BYTES_MAX = 512;

    ReceiverStats(Clock& clock, std::string id, std::string title, std::string listens_on);

    /// A request or datagram of `bytes` from `sender` (an address), of which `records` were taken.
    void accepted(uint64_t records, uint64_t bytes, std::string_view sender);
    /// `records` of one reason were refused (1 when the request could not even be read).
    void refused(std::string_view reason, uint64_t records, std::string_view message, std::string_view sample);

    [[nodiscard]] ReceiverSnapshot snapshot() const;
    [[nodiscard]] const std::string& id() const { return id_; }
    /// When the port is known, or known to be taken.
    void set_listens_on(std::string listens_on);

  private:
    struct Slot {
        int64_t at = -1;  // which second or minute since the epoch
        uint64_t records = 0;
        uint64_t bytes = 0;
        uint64_t refused = 0;
    };
    template <size_t N>
    static Slot& slot(std::array<Slot, N>& slots, int64_t at);

    Clock& clock_;  // outlives this
    const std::string id_;
    const std::string title_;
    Counter& records_;
    Counter& bytes_;
    Counter& taken_requests_;
    mutable std::mutex mutex_;  // guards all below
    std::string listens_on_;
    uint64_t records_total_ = 0;
    uint64_t bytes_total_ = 0;
    uint64_t refused_total_ = 0;
    std::optional<int64_t> last_ms_;
    std::array<Slot, RATE_SECONDS + 1> seconds_;
    std::array<Slot, HISTORY_MINUTES> minutes_;
    std::unordered_map<std::string, int64_t> senders_;  // -> last seen
    std::map<std::string, RefusalSnapshot, std::less<>> refusals_;
};

/// All receivers, in the order of their registration. Receivers live as long as this. Any thread.
class Receivers {
  public:
    explicit Receivers(Clock& clock) : clock_(clock) {}
    /// `listens_on`: "127.0.0.1:2353", "udp 127.0.0.1:8125", "this machine".
    ReceiverStats& add(std::string id, std::string title, std::string listens_on);
    [[nodiscard]] std::vector<ReceiverSnapshot> snapshot() const;

  private:
    Clock& clock_;              // outlives this
    mutable std::mutex mutex_;  // guards receivers_ (not its elements)
    std::deque<ReceiverStats> receivers_;
};

}  // namespace belfry::ingest
