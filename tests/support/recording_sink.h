#pragma once

#include "ingest/metric_sink.h"

#include <mutex>
#include <string>
#include <vector>

namespace belfry::tests {

/// Takes what a receiver writes and keeps it readable. Any thread.
struct RecordingSink {
    struct Row {
        std::string tenant;
        std::string series;  // name{a="b"}
        int64_t time_ms = 0;
        double value = 0;
        std::shared_ptr<const model::Histogram> histogram;
        int64_t start_ms = 0;
    };
    struct ExemplarRow {
        std::string series;
        model::Exemplar exemplar;
    };
    std::vector<Row> rows;
    std::vector<ExemplarRow> exemplars;
    std::vector<model::MetricMetadata> metadata;
    ingest::WriteOutcome outcome;  // what is answered, but for accepted_samples
    std::optional<Error> error;    // answered instead
    std::string refused_series;    // a series whose labels did not decode, with why
    size_t writes = 0;

    [[nodiscard]] ingest::MetricSink sink() {
        return [this](const ingest::WireBatch& batch) -> Result<ingest::WriteOutcome> {
            writes++;
            if (error) return *error;
            ingest::WriteOutcome out = outcome;
            size_t sample = 0;
            size_t histogram = 0;
            size_t start = 0;
            size_t exemplar = 0;
            for (const ingest::WireBatch::Series& s : batch.series) {
                std::vector<model::Label> labels;
                std::vector<std::string> arena;
                arena.reserve(64);
                if (Status status = batch.decoder->decode(s.wire, labels, arena); !status)
                    refused_series = status.error().message;
                const std::string name = model::Labels::from(std::move(labels)).to_string();
                for (; sample < s.samples_end; sample++) {
                    Row& row = rows.emplace_back(Row{std::string(batch.tenant), name, batch.samples[sample].time_ms,
                                                     batch.samples[sample].value});
                    if (histogram < batch.histograms.size() && batch.histogram_rows[histogram] == sample) {
                        row.histogram = batch.histograms[histogram++];
                        out.accepted_histograms++;
                    }
                    if (start < batch.start_rows.size() && batch.start_rows[start] == sample)
                        row.start_ms = batch.start_times_ms[start++];
                    out.accepted_samples++;
                }
                for (; exemplar < batch.exemplars.size() && &batch.series[batch.exemplar_rows[exemplar]] == &s; exemplar++) {
                    exemplars.push_back({name, batch.exemplars[exemplar]});
                    out.accepted_exemplars++;
                }
            }
            metadata.insert(metadata.end(), batch.metadata.begin(), batch.metadata.end());
            return out;
        };
    }
};

}  // namespace belfry::tests
