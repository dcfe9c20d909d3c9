#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "ingest/metric/dictionary.h"
#include "ingest/metric/wire_batch.h"
#include "model/matcher.h"
#include "queue/queue.h"

#include <array>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>

namespace belfry::ingest {

struct MetricConfig {
    uint64_t max_series = 2'000'000;
    uint64_t max_series_per_tenant = 0;  // 0: no own limit
    uint64_t max_series_per_metric = 0;  // 0: no own limit
    uint64_t max_values_per_label = 0;   // 0: no own limit
    uint64_t cardinality_pairs_max = 4'000'000;
    uint32_t label_name_bytes_max = 1'024;
    uint32_t label_value_bytes_max = 4'096;
    uint32_t labels_per_series_max = 64;
    uint32_t histogram_buckets_max = 2'000;
    int64_t retention_ms = 15 * 86'400'000LL;  // samples older than this are refused
    int64_t future_ms_max = 10 * 60'000;       // samples further ahead of the clock are refused
};

/// Why a row was refused. `series_limit` may pass later (429), the others never will (400).
enum class Refusal : uint8_t {
    invalid_labels,
    duplicate_label,
    too_large,
    too_old,
    too_far_ahead,
    series_limit,
    invalid_histogram,
};
inline constexpr size_t REFUSAL_COUNT = 7;
[[nodiscard]] std::string_view to_string(Refusal reason);  // "invalid_labels"

struct WriteOutcome {
    uint64_t accepted_samples = 0;     // histograms count, too
    uint64_t accepted_histograms = 0;  // of accepted_samples
    uint64_t accepted_exemplars = 0;
    uint64_t rejected_samples = 0;
    uint64_t rejected_exemplars = 0;  // a refused exemplar refuses nothing else, and is never to be sent again
    std::string first_exemplar_message;
    uint64_t accepted_metadata = 0;
    uint64_t new_series = 0;
    std::array<uint64_t, REFUSAL_COUNT> rejected{};  // samples by reason
    /// The first refused row: a sentence with the series and the limit, the series for the status page.
    std::optional<Refusal> first_reason;
    std::string first_message;
    std::string first_series;
    uint64_t offset = 0;  // of the record in topic `metrics`; read-your-write waits for offset + 1 to be applied
};

/// The one way of samples into the log: resolves series, validates, appends one record, waits until it is durable. Good
/// rows of a batch are kept when others are refused. Any thread.
class MetricWriter {
  public:
    MetricWriter(Clock& clock, queue::Queue& queue, Dictionary& dictionary, MetricConfig config);

    /// An error means that nothing of the batch was taken: `exhausted` (429), `unavailable` (503), `invalid` (400).
    /// `receiver`: its id, for the counts of who makes new series.
    [[nodiscard]] Result<WriteOutcome> write(const WireBatch& batch, std::string_view receiver = {});

    /// Erases all samples accepted before, of the tenant's series that all matchers accept (at least one matcher). Durable
    /// when it returns, with the record's offset; done when the metric store has applied it.
    [[nodiscard]] Result<uint64_t> erase(std::string_view tenant,
                                         const model::Matchers& matchers,
                                         model::TimeRange range = model::ALL_TIMES);

    struct Scratch;  // writer.cpp

  private:
    using Unconfirmed = std::vector<std::list<std::vector<uint32_t>>::iterator>;
    [[nodiscard]] Result<queue::Ticket> append_rows(const WireBatch& batch,
                                                    Scratch& scratch,
                                                    bool with_metadata,
                                                    WriteOutcome& outcome,
                                                    Unconfirmed& unconfirmed,
                                                    std::string_view receiver);
    Clock& clock_;            // outlives this
    queue::Queue& queue_;     // outlives this
    Dictionary& dictionary_;  // outlives this
    const MetricConfig config_;
};

}  // namespace belfry::ingest
