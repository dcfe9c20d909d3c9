#pragma once

#include "base/result.h"
#include "model/labels.h"
#include "model/metric_batch.h"
#include "model/sample.h"

#include <cstdint>
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
    const LabelDecoder* decoder = nullptr;
    std::string_view tenant = model::DEFAULT_TENANT;
    std::vector<Series> series;
    std::vector<model::Sample> samples;
    std::vector<model::MetricMetadata> metadata;  // tenant is set by the writer

    void add_series(std::string_view wire) { series.push_back({wire, static_cast<uint32_t>(samples.size())}); }
    /// To the series added last.
    void add_sample(int64_t time_ms, double value) {
        samples.push_back({time_ms, value});
        series.back().samples_end = static_cast<uint32_t>(samples.size());
    }
    void clear() {
        series.clear();
        samples.clear();
        metadata.clear();
        tenant = model::DEFAULT_TENANT;
    }
};

/// A decoder for wire bytes that are canonical labels already (host metrics, own counters, tests, text import).
[[nodiscard]] const LabelDecoder& canonical_label_decoder();

}  // namespace belfry::ingest
