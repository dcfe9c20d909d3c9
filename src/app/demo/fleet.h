#pragma once

#include "model/labels.h"
#include "model/metric_batch.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace belfry::app {

/// A made-up small fleet: a shop of eight services on four hosts, a database host, and a backup host that falls silent
/// twenty minutes before the demo starts. Once an hour and a half, checkout is slow for ten minutes after a deploy, and
/// payment fails for four. Names are node_exporter's and OpenTelemetry's. Every series has demo="true".
/// A series' value is a function of time; see curve.h.
class Fleet {
  public:
    /// `since_ms`: when the demo was started.
    explicit Fleet(int64_t since_ms);

    static constexpr int64_t STEP_MS = 10'000;
    static constexpr int64_t HISTORY_MS = 3'600'000;   // back-filled before the start
    static constexpr int64_t SILENT_MS = 20 * 60'000;  // before the start

    struct Series {
        model::Labels labels;
        std::function<double(double)> value;  // of seconds since the fleet's origin
        bool until_silence = false;
    };
    [[nodiscard]] const std::vector<Series>& series() const { return series_; }
    [[nodiscard]] const std::vector<model::MetricMetadata>& metadata() const { return metadata_; }
    /// Nothing when the series does not speak (any more) at that time.
    [[nodiscard]] std::optional<double> value(const Series& series, int64_t time_ms) const;

  private:
    using Value = std::function<double(double)>;
    void describe(std::string name, model::MetricType type, std::string unit, std::string help);
    void add(std::string_view name, std::vector<model::Label> labels, Value value);
    void add_host(size_t index);
    void add_cpu(const std::vector<model::Label>& host, uint64_t seed, double busy);
    void add_memory(const std::vector<model::Label>& host, uint64_t seed, double total_bytes);
    void add_disks(const std::vector<model::Label>& host, uint64_t seed, bool filling);
    void add_network(const std::vector<model::Label>& host, uint64_t seed);
    void add_kernel(const std::vector<model::Label>& host, uint64_t seed, double busy);
    void add_service(size_t index);
    void add_requests(const std::vector<model::Label>& instance, size_t service, size_t route, uint64_t seed);
    void add_process(const std::vector<model::Label>& instance, uint64_t seed);
    void add_business();

    const int64_t since_ms_;
    const int64_t origin_ms_;   // counters start here, long before the history
    bool silent_host_ = false;  // the host being added
    std::vector<Series> series_;
    std::vector<model::MetricMetadata> metadata_;
};

}  // namespace belfry::app
