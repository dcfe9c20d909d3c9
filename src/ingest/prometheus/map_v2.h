#pragma once

#include "ingest/metric/wire_batch.h"
#include "ingest/prometheus/decode_v2.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace belfry::ingest::prometheus {

/// What of a request is refused before the writer sees it: series, or histograms of them.
struct BadSeries {
    uint64_t count = 0;
    std::string first_reason;   // for counters: "invalid_reference", "no_samples", "too_large", ...
    std::string first_message;  // a sentence

    void add(std::string_view reason, std::string message) {
        if (count++ > 0) return;
        first_reason = reason;
        first_message = std::move(message);
    }
};

/// Fills a batch from an io.prometheus.write.v2.Request. References change from request to request, so the bytes that
/// stand for a series are its labels themselves, in canonical form, put together from the symbols. Reuse the object;
/// what it filled is valid while `message` and this live.
class WriteRequestMapperV2 {
  public:
    /// A bad series is left out; an error means that the request cannot be read.
    [[nodiscard]] Status map(std::string_view message, WireBatch& batch);
    [[nodiscard]] const BadSeries& bad() const { return bad_; }
    /// Exemplars that cannot be read: no reason to refuse the samples beside them.
    [[nodiscard]] const BadSeries& bad_exemplars() const { return bad_exemplars_; }

    /// The batch was stored: its metadata, which every request repeats, is left out for an hour of samples' time.
    void confirm();
    /// What it keeps for the next request.
    [[nodiscard]] size_t memory_bytes() const {
        return wire_.capacity() + sized_bytes_.capacity() +
               symbols_.capacity() * (sizeof(Sized) + sizeof(std::string_view));
    }

    static constexpr size_t SYMBOLS_MAX = 1'000'000;
    static constexpr size_t SERIES_BYTES_MAX = 512UL << 10;  // labels of a series: a reference of a byte may mean much
    static constexpr size_t LABEL_BYTES_MAX = 128UL << 20;   // of all series of a request

  private:
    /// What a TimeSeries message holds; views into it.
    struct Parts {
        std::vector<uint32_t> refs;
        std::vector<std::string_view> samples;
        std::vector<std::string_view> histograms;
        std::vector<std::string_view> exemplars;
        std::string_view metadata;
        int64_t created_ms = 0;
        void clear();
    };
    [[nodiscard]] Status read_symbols(std::string_view message);
    [[nodiscard]] bool read_parts(std::string_view message);
    [[nodiscard]] Status map_series(WireBatch& batch);
    [[nodiscard]] bool append_labels();
    [[nodiscard]] Status add_samples(WireBatch& batch);
    void add_exemplars(WireBatch& batch);
    [[nodiscard]] Status add_metadata(WireBatch& batch);
    [[nodiscard]] std::string_view metric_name() const;

    static constexpr size_t METADATA_KNOWN_MAX = 100'000;

    struct Sized {           // a symbol behind its length, as canonical labels have it
        uint32_t begin = 0;  // in sized_bytes_
        uint32_t size = 0;
    };
    static constexpr size_t COPY_BYTES = 16;  // labels are copied in steps; both buffers have so much room behind

    Symbols symbols_;
    std::vector<Sized> sized_;
    std::string sized_bytes_;
    Parts parts_;
    std::string wire_;               // of all series; larger than what is used
    size_t wire_size_ = 0;           // used
    std::vector<size_t> wire_ends_;  // of each in wire_
    BadSeries bad_;
    BadSeries bad_exemplars_;
    uint64_t last_metadata_ = 0;
    std::vector<uint64_t> new_metadata_;
    std::unordered_set<uint64_t> known_metadata_;  // hashes of tenant, name and content
    int64_t known_hour_ = 0;
};

}  // namespace belfry::ingest::prometheus
