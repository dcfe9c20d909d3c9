#pragma once

#include "ingest/metric/wire_batch.h"
#include "ingest/otlp/decode.h"
#include "ingest/otlp/delta.h"
#include "ingest/otlp/point.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace belfry::ingest::otlp {

// The messages around the points (collector/metrics/v1 and metrics/v1), by field number:
//
//   ExportMetricsServiceRequest  1 resource_metrics*
//   ResourceMetrics              1 resource   2 scope_metrics*   3 schema_url
//   ScopeMetrics                 1 scope   2 metrics*   3 schema_url
//   Metric                       1 name   2 description   3 unit   5 gauge   7 sum   9 histogram
//                                10 exponential_histogram   11 summary
//   Gauge, Summary               1 data_points*
//   Sum                          1 data_points*   2 aggregation_temporality   3 is_monotonic
//   Histogram, ExponentialHistogram   1 data_points*   2 aggregation_temporality

/// Why a data point is not stored, decided before the writer sees it.
enum class PointRefusal { no_name, no_value, temporality, bad_histogram, late_delta, delta_streams };
inline constexpr size_t POINT_REFUSALS = 6;
[[nodiscard]] std::string_view to_string(PointRefusal reason);

struct MappedCounts {
    uint64_t points = 0;  // in the request
    uint64_t refused = 0;
    std::array<uint64_t, POINT_REFUSALS> by_reason{};
    std::string first_message;  // of the first refused
    std::string first_metric;
};

/// Metadata that was handed to the writer today, so that it is not sent with every request. Any thread.
class SeenMetadata {
  public:
    /// Keys of a metric's metadata that are not in it.
    [[nodiscard]] bool contains(uint64_t key, int64_t day) const;
    void add(const std::vector<uint64_t>& keys, int64_t day);
    static constexpr size_t KEYS_MAX = 200'000;

  private:
    mutable std::mutex mutex_;  // guards the rest
    int64_t day_ = -1;
    std::unordered_set<uint64_t> keys_;
};

/// Bytes that stay where they are until `clear`.
class ByteArena {
  public:
    [[nodiscard]] char* room(size_t bytes);  // valid until the next call unless `take`n
    void take(size_t bytes) {
        used_ += bytes;
        total_ += bytes;
    }
    void clear();
    [[nodiscard]] uint64_t bytes() const { return total_; }

  private:
    static constexpr size_t BLOCK_BYTES = 256 * 1024;
    struct Block {
        std::unique_ptr<char[]> bytes;
        size_t size = 0;
    };
    std::vector<Block> blocks_;
    size_t current_ = 0;
    size_t used_ = 0;
    uint64_t total_ = 0;
};

/// Fills a batch from an ExportMetricsServiceRequest. What it filled is valid while the message and this live. Reuse
/// it.
class MetricsMapper {
  public:
    struct Parts {
        const OtlpConfig& config;
        const OtlpLabels& labels;
        const SeenMetadata& seen;
        uint64_t series_bytes_max;  // of the series' bytes of one request
    };
    /// `invalid` when malformed, `exhausted` past a limit, `unavailable` when another request has the same delta
    /// streams under way: then nothing of the request is to be stored.
    [[nodiscard]] Status map(std::string_view message,
                             std::string_view tenant,
                             int64_t now_ms,
                             const Parts& parts,
                             DeltaStreams::Transaction& deltas,
                             const DeltaStreams& streams,
                             WireBatch& batch,
                             MappedCounts& counts);
    /// Keys of the metadata in the batch, for SeenMetadata.
    [[nodiscard]] const std::vector<uint64_t>& metadata_keys() const { return metadata_keys_; }

  private:
    enum class Temporality : uint8_t { unspecified = 0, delta = 1, cumulative = 2 };
    struct Metric {
        std::string_view name;
        std::string_view unit;
        std::string_view description;
        uint32_t type = 0;  // the field that held its points
        std::string_view points;
        Kind kind = Kind::gauge;
        Temporality temporality = Temporality::unspecified;
    };
    struct Context;
    Status map_resource(Context& c, std::string_view message);
    Status map_scope(Context& c, std::string_view message);
    Status map_metric(Context& c, std::string_view message);
    Status map_number(Context& c, const Metric& metric, std::string_view message);
    Status map_distribution(Context& c, const Metric& metric, std::string_view message);
    Status map_summary(Context& c, const Metric& metric, std::string_view message);
    void put_classic(Context& c,
                     const Metric& metric,
                     const Point& point,
                     const Distribution& d,
                     int64_t time_ms,
                     int64_t start_ms,
                     bool zero);
    void put_native(Context& c,
                    const Metric& metric,
                    const Point& point,
                    std::shared_ptr<const model::Histogram> h,
                    int64_t time_ms,
                    int64_t start_ms);
    void put_stale(Context& c, const Metric& metric, const DistributionPoint& point);
    void add_row(Context& c, const Metric& metric, const Point& point, Part part, double bound);
    void add_exemplars(Context& c, const Point& point);
    void add_metadata(Context& c, const Metric& metric);
    Status read_resource(Context& c, std::string_view message);
    Status read_scope(Context& c, std::string_view message, std::string_view schema_url);
    [[nodiscard]] std::string_view head_of(const Context& c, const Metric& metric);
    void refuse(Context& c, const Metric& metric, PointRefusal reason, std::string message);
    [[nodiscard]] std::optional<PointRefusal> judge(DeltaVerdict verdict, Context& c) const;

    ByteArena arena_;
    std::string joined_;  // attributes that did not stand together
    std::string head_;    // of a delta stream's key
    std::string resource_labels_;
    std::string base_labels_;  // of resource and scope
    std::string target_attributes_;
    int64_t newest_ms_ = 0;    // of the resource's points
    bool identified_ = false;  // the resource has a job or an instance
    bool described_ = false;   // and something else to say in target_info
    NumberPoint number_;
    DistributionPoint distribution_point_;
    Distribution distribution_;
    std::vector<ExemplarPoint> exemplars_;
    std::vector<uint64_t> metadata_keys_;
};

}  // namespace belfry::ingest::otlp
