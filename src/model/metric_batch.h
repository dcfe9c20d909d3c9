#pragma once

#include "model/exemplar.h"
#include "model/histogram.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::model {

/// The number of a series in the metrics topic: given by the producer side, never reused. A series that comes back
/// after two days of silence has a new one.
using HeadId = uint64_t;

enum class MetricType : uint8_t { unknown, counter, gauge, histogram, gauge_histogram, summary, info, stateset };

[[nodiscard]] std::string_view to_string(MetricType type);

/// What a sender says about a metric name.
struct MetricMetadata {
    std::string tenant;  // "default" for the default tenant
    std::string name;
    MetricType type = MetricType::unknown;
    std::string unit;
    std::string help;
    friend bool operator==(const MetricMetadata&, const MetricMetadata&) = default;
};

/// Erases every sample that stands before it in the log, of the series that all matchers accept and in the range.
struct MetricDeletion {
    std::string tenant;           // "default" for the default tenant
    Matchers matchers;            // at least one
    TimeRange range = ALL_TIMES;  // the whole time: the series itself goes
    friend bool operator==(const MetricDeletion&, const MetricDeletion&) = default;
};

/// An exemplar in the metrics topic.
struct SeriesExemplar {
    HeadId id = 0;
    Exemplar exemplar;
    friend bool operator==(const SeriesExemplar&, const SeriesExemplar&) = default;
};

/// One record of topic `metrics`, decoded. The three sample columns have equal length and keep the sender's order;
/// samples of one series are in the order in which they came. Apply `series` before the samples.
struct MetricBatch {
    struct Series {
        HeadId id = 0;
        uint32_t labels_begin = 0;  // in label_bytes; canonical, with the tenant label where not default
        uint32_t labels_size = 0;
    };
    /// UTC day (since the epoch) for which `series` were logged. A sample record of day D refers only to ids logged for
    /// day D - 1 or later, so a store may forget ids by the day of the records it reads.
    int32_t series_day = 0;
    std::vector<Series> series;
    std::string label_bytes;

    std::vector<int64_t> times_ms;     // distinct time columns of the batch: usually one or a few
    std::vector<HeadId> ids;           // sample: its series
    std::vector<uint32_t> time_index;  // sample: its place in times_ms
    std::vector<double> values;        // sample: its value, bit exact; of a histogram its sum

    // Sparse columns: what few samples have. Rows are places in the sample columns, ascending, each once.
    std::vector<uint32_t> histogram_rows;
    std::vector<std::shared_ptr<const Histogram>> histograms;  // one a row, never null
    std::vector<uint32_t> start_rows;
    std::vector<int64_t> start_times_ms;  // one a row, never 0: since when a cumulative sample counts
    std::vector<SeriesExemplar> exemplars;

    std::vector<MetricMetadata> metadata;
    std::vector<MetricDeletion> deletions;  // a record of its own

    [[nodiscard]] size_t sample_count() const { return ids.size(); }
    [[nodiscard]] LabelsView labels(const Series& s) const {
        return LabelsView(std::string_view(label_bytes).substr(s.labels_begin, s.labels_size));
    }
    void add_series(HeadId id, std::string_view canonical) {
        series.push_back({id, static_cast<uint32_t>(label_bytes.size()), static_cast<uint32_t>(canonical.size())});
        label_bytes.append(canonical);
    }
    void clear() {
        series_day = 0;
        series.clear();
        label_bytes.clear();
        times_ms.clear();
        ids.clear();
        time_index.clear();
        values.clear();
        histogram_rows.clear();
        histograms.clear();
        start_rows.clear();
        start_times_ms.clear();
        exemplars.clear();
        metadata.clear();
        deletions.clear();
    }
    [[nodiscard]] uint64_t memory_bytes() const {
        uint64_t sparse = histogram_rows.capacity() * 20 + start_rows.capacity() * 4 + start_times_ms.capacity() * 8;
        for (const auto& h : histograms) sparse += h->memory_bytes();
        for (const auto& e : exemplars) sparse += sizeof(e) + e.exemplar.labels.bytes().capacity();
        return sparse + sizeof(*this) + series.capacity() * sizeof(Series) + label_bytes.capacity() + times_ms.capacity() * 8 +
               ids.capacity() * 8 + time_index.capacity() * 4 + values.capacity() * 8 + metadata.size() * 256;
    }
};

}  // namespace belfry::model
