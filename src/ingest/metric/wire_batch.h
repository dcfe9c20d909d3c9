#pragma once

#include "base/result.h"
#include "model/exemplar.h"
#include "model/labels.h"
#include "model/metric_batch.h"
#include "model/sample.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest {

/// Turns a series' bytes as they came on the wire into labels. Called only when the bytes were not seen before (or once
/// a day), never in the hot path. One object a protocol; no state; any thread.
class LabelDecoder {
  public:
    virtual ~LabelDecoder() = default;
    /// A small number that no other protocol has: the same bytes may mean different labels elsewhere.
    [[nodiscard]] virtual uint32_t protocol_id() const = 0;
    /// Appends to `labels` in any order; views into `wire` or into `arena` (which is the caller's, and may hold bytes
    /// already: reserve before taking views). Only syntax is checked here; names, sizes and doubles by the writer.
    [[nodiscard]] virtual Status decode(std::string_view wire,
                                        std::vector<model::Label>& labels,
                                        std::vector<std::string>& arena) const = 0;
};

/// What a protocol's mapper hands to `MetricWriter`: rows of (series bytes, samples). Reuse it: `clear` keeps memory.
/// The wire bytes are borrowed: they stay valid until `write` returns.
struct WireBatch {
    struct Series {
        std::string_view wire;     // equal bytes mean equal labels; e.g. the encoded label messages
        uint32_t samples_end = 0;  // its samples are [the series' before end, samples_end)
    };
    /// What a histogram's sender counts in. Integer buckets must add up to the count.
    enum class Counts : uint8_t { real, integer };
    const LabelDecoder* decoder = nullptr;
    std::string_view tenant = model::DEFAULT_TENANT;
    std::vector<Series> series;
    std::vector<model::Sample> samples;
    std::vector<model::MetricMetadata> metadata;  // tenant is set by the writer

    // Sparse columns: what few samples or series have. Rows are places in `samples` or `series`, ascending.
    std::vector<uint32_t> histogram_rows;
    std::vector<std::shared_ptr<const model::Histogram>> histograms;
    std::vector<Counts> histogram_counts;
    std::vector<uint32_t> start_rows;
    std::vector<int64_t> start_times_ms;
    std::vector<uint32_t> exemplar_rows;  // in `series`; a series may have several
    std::vector<model::Exemplar> exemplars;

    void add_series(std::string_view wire) { series.push_back({wire, static_cast<uint32_t>(samples.size())}); }
    /// To the series added last.
    void add_sample(int64_t time_ms, double value) {
        samples.push_back({time_ms, value});
        series.back().samples_end = static_cast<uint32_t>(samples.size());
    }
    /// To the series added last. A histogram whose sum is the stale marker says that the series has ended.
    void add_histogram(int64_t time_ms, std::shared_ptr<const model::Histogram> histogram, Counts counts = Counts::real) {
        histogram_rows.push_back(static_cast<uint32_t>(samples.size()));
        add_sample(time_ms, histogram->sum);
        histograms.push_back(std::move(histogram));
        histogram_counts.push_back(counts);
    }
    /// Since when the sample added last counts; 0 (unknown) is left out.
    void set_start_time(int64_t start_ms) {
        if (start_ms == 0) return;
        const auto row = static_cast<uint32_t>(samples.size() - 1);
        if (!start_rows.empty() && start_rows.back() == row) {
            start_times_ms.back() = start_ms;
            return;
        }
        start_rows.push_back(row);
        start_times_ms.push_back(start_ms);
    }
    /// To the series added last, which may have no sample.
    void add_exemplar(model::Exemplar exemplar) {
        exemplar_rows.push_back(static_cast<uint32_t>(series.size() - 1));
        exemplars.push_back(std::move(exemplar));
    }
    void clear() {
        series.clear();
        samples.clear();
        metadata.clear();
        histogram_rows.clear();
        histograms.clear();
        histogram_counts.clear();
        start_rows.clear();
        start_times_ms.clear();
        exemplar_rows.clear();
        exemplars.clear();
        tenant = model::DEFAULT_TENANT;
    }
};

/// A decoder for wire bytes that are canonical labels already (host metrics, own counters, tests, text import).
[[nodiscard]] const LabelDecoder& canonical_label_decoder();

}  // namespace belfry::ingest
