#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "model/matcher.h"
#include "model/metric_batch.h"
#include "model/sample.h"
#include "model/sample_record.h"
#include "store/metric/metric_store_config.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::store {

struct ReadCounts {
    uint64_t samples = 0;        // decoded, before the range was cut
    uint64_t bytes = 0;          // compressed bytes that were read
};

/// The answer of `MetricStore::select`: series and their samples as they were at that moment. Holds the files and the head's
/// buffers it needs, so it may outlive a seal, a fold or the removal of a file. `read`: any thread, also several at once.
class MetricSelection {
  public:
    virtual ~MetricSelection() = default;
    /// Sorted by labels, without the tenant label. Valid as long as this.
    [[nodiscard]] virtual std::span<const model::LabelsView> series() const = 0;
    /// Replaces `out` by the samples of `series()[i]` inside `range`, ascending, stale markers included.
    [[nodiscard]] virtual Status read(size_t i, model::TimeRange range, model::SampleColumns& out, ReadCounts& counts) const = 0;
    /// Replaces `out` by the newest sample of `series()[i]` inside `range`, which may be a stale marker; empty when there is none.
    /// Without `with_value` the value is only a stale marker or not: cheaper, as mostly nothing is decoded.
    [[nodiscard]] virtual Status read_newest(size_t i, model::TimeRange range, bool with_value, model::SampleColumns& out,
                                             ReadCounts& counts) const = 0;
    /// Before the first read: what the samples are wanted for. Without hints `read` gives what was received where it still is.
    virtual void set_hints(const model::SelectHints& hints) = 0;
    /// Replaces `out` by records of `series()[i]` that overlap `range`, none of them empty, with what was received as records of
    /// span 0. False: there are none in files, or histograms among them; `read` has it all.
    [[nodiscard]] virtual Result<bool> read_records(size_t i, model::TimeRange range, model::SampleRecords& out, ReadCounts& counts) const = 0;
    /// Where samples of `series()[i]` are those of records that do not fit the hints.
    [[nodiscard]] virtual model::CoarseSamples coarse(size_t i) const = 0;
    /// What this holds in memory beside the store's own, estimated.
    [[nodiscard]] virtual uint64_t memory_bytes() const = 0;
};

/// Which label sets `label_names`, `label_values` and `series` speak of.
struct MetricScope {
    std::string_view tenant = model::DEFAULT_TENANT;
    model::TimeRange range;
    std::span<const model::Matchers> selectors;  // union; empty: everything
    size_t limit = 0;                            // 0: all
    uint64_t series_max = 0;                     // `exhausted` when more series match; 0: no limit
};

enum class MetricFileKind : uint8_t { seal, part, late, series, records };
[[nodiscard]] std::string_view to_string(MetricFileKind kind);

struct MetricFileStatus {
    std::string name;
    MetricFileKind kind = MetricFileKind::part;
    int64_t min_time_ms = 0;
    int64_t max_time_ms = 0;  // of samples, inclusive
    uint64_t series = 0;
    uint64_t samples = 0;
    uint64_t bytes = 0;
    int64_t resolution_ms = 0;  // 0: as received
};

struct MetricStoreStatus {
    uint64_t head_series = 0;
    uint64_t head_samples = 0;          // not yet in a file
    uint64_t head_bytes = 0;            // samples and buffers
    uint64_t index_bytes = 0;           // labels and postings of the head
    int64_t head_min_time_ms = 0;       // 0, 0 when empty
    int64_t head_max_time_ms = 0;
    uint64_t applied_samples = 0;       // since start
    uint64_t out_of_order_samples = 0;  // since start
    uint64_t dropped_samples = 0;       // since start: of unknown series
    uint64_t covered_offset = 0;
    uint64_t applied_offset = 0;
    uint64_t disk_bytes = 0;
    uint64_t stored_samples = 0;        // in files
    double bytes_per_day = 0;           // growth, from the parts of the newest days; 0 when unknown
    int64_t oldest_ms = 0;              // of all samples; 0 when there are none
    uint64_t files_past_retention = 0;  // removed since start
    uint64_t bytes_past_size = 0;       // removed since start because of retention_bytes
    uint64_t tombstones = 0;            // deletions whose samples still lie in files
    uint64_t quarantined_files = 0;
    uint64_t corrupt_reads = 0;         // since start
    std::string work;                   // "" or what housekeeping is doing: "fold 2026-11-22"
    double work_done_ratio = 0;
    std::vector<MetricFileStatus> files;
};

/// A series with its exemplars, ascending in time. Labels are without the tenant label.
struct SeriesExemplars {
    model::Labels series;
    std::vector<model::Exemplar> exemplars;
};

struct CountByName {
    std::string name;
    uint64_t count = 0;
};

/// What `/api/v1/status/tsdb` shows; of the head, i.e. of series written today or yesterday.
struct Cardinality {
    uint64_t series = 0;
    uint64_t label_pairs = 0;
    int64_t min_time_ms = 0;
    int64_t max_time_ms = 0;
    std::vector<CountByName> series_by_metric;
    std::vector<CountByName> values_by_label;
    std::vector<CountByName> bytes_by_label;
    std::vector<CountByName> series_by_pair;  // "name=value"
};

struct MetricName {
    std::string name;
    uint64_t series = 0;
    model::MetricType type = model::MetricType::unknown;
    std::string unit;
    std::string help;
};

/// Samples by series and time: head in memory, seal files every half hour, day parts; see ARCHITECTURE.md. Writes come from
/// one thread (`apply`), housekeeping from another (`maintain`, `seal`, `compact`; these wait for each other), reads from any.
class MetricStore {
  public:
    /// Named moments of seal, fold and publish. A test's hook may end the process there.
    using CrashPoint = std::function<void(std::string_view)>;

    struct Options {
        std::string dir;  // created when missing
        MetricStoreConfig config;
        CrashPoint crash_point;  // may be empty
    };

    /// Removes files that no manifest names. A damaged file is moved to `<dir>/quarantine` and reported, the rest serves on.
    [[nodiscard]] static Result<std::unique_ptr<MetricStore>> open(FileSystem& files, Clock& clock, Options options);
    virtual ~MetricStore() = default;

    // ---- writes: the consumer's thread

    /// Takes the record at `offset` of topic `metrics`. Records below `applied_offset()` were seen already and are skipped.
    [[nodiscard]] virtual Status apply(const model::MetricBatch& batch, uint64_t offset) = 0;
    /// One past the newest record that was applied.
    [[nodiscard]] virtual uint64_t applied_offset() const = 0;
    /// All records below are durable here; replay starts at this one.
    [[nodiscard]] virtual uint64_t covered_offset() const = 0;
    /// What the producer's dictionary needs to know after a restart (and replay).
    virtual void for_each_head_series(
        const std::function<void(model::HeadId id, model::LabelsView labels, int32_t logged_day)>& visit) const = 0;
    /// The canonical labels of each id, with the tenant label; "" for an id that is not known (any more). Any thread.
    virtual void head_labels(std::span<const model::HeadId> ids,
                             const std::function<void(size_t place, std::string_view canonical)>& visit) const = 0;
    /// Above every id that was seen.
    [[nodiscard]] virtual model::HeadId next_head_id() const = 0;

    // ---- housekeeping: any one thread

    /// Seals, folds and removes what is due. Call every second or so; mostly returns at once.
    [[nodiscard]] virtual Status maintain() = 0;
    /// Makes all that was applied durable as a seal file.
    [[nodiscard]] virtual Status seal() = 0;
    /// Seals and folds everything, late files too.
    [[nodiscard]] virtual Status compact() = 0;

    /// Rewrites what still holds erased samples, so that their space comes back; `maintain` does it, span by span.
    virtual void clean_tombstones() = 0;
    /// Makes in `directory` (empty, on the same disk) a store that holds all that was applied, or without `with_head` all that is
    /// in files. Its files are second names of this one's, which are never written to.
    [[nodiscard]] virtual Status snapshot(const std::string& directory, bool with_head) = 0;

    // ---- reads: any thread

    /// Series with samples near `range` that all matchers accept. `series_max` 0: no limit.
    [[nodiscard]] virtual Result<std::unique_ptr<MetricSelection>> select(std::string_view tenant, const model::Matchers& matchers,
                                                                          model::TimeRange range, uint64_t series_max) const = 0;
    /// Sorted. `range` is taken at the grain of files and of head series.
    [[nodiscard]] virtual Result<std::vector<std::string>> label_names(const MetricScope& scope) const = 0;
    [[nodiscard]] virtual Result<std::vector<std::string>> label_values(const MetricScope& scope, std::string_view name) const = 0;
    [[nodiscard]] virtual Result<std::vector<model::Labels>> series(const MetricScope& scope) const = 0;

    /// Exemplars inside `range` of the series that all matchers accept, by labels. `series_max` 0: no limit.
    [[nodiscard]] virtual Result<std::vector<SeriesExemplars>> exemplars(std::string_view tenant, const model::Matchers& matchers,
                                                                         model::TimeRange range, uint64_t series_max) const = 0;

    [[nodiscard]] virtual MetricStoreStatus status() const = 0;
    [[nodiscard]] virtual Cardinality cardinality(std::string_view tenant, size_t limit) const = 0;
    /// The metrics of the head whose name starts with `prefix`, by name; limit 0: all.
    [[nodiscard]] virtual std::vector<MetricName> metrics(std::string_view tenant, std::string_view prefix, size_t limit) const = 0;
    /// Of one metric, or of all when `name` is empty.
    [[nodiscard]] virtual std::vector<model::MetricMetadata> metadata(std::string_view tenant, std::string_view name,
                                                                      size_t limit) const = 0;
};

}  // namespace belfry::store
