#include "ingest/json_lines/map.h"

namespace belfry::ingest::json_lines {

bool LineMapper::fill(WireBatch& batch, size_t samples_max) {
    batch.clear();
    batch.decoder = &canonical_label_decoder();
    labels_.clear();
    while (!rest_.empty() && batch.samples.size() < samples_max) {
        const size_t end = rest_.find('\n');
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end, rest_.size() - 1) + 1);
        line_number_++;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        Result<Row> row = decode_row(line, extra_labels_);
        if (!row.ok()) {
            bad_.add(line_number_, std::move(row).error().context("line {}", line_number_).message, line);
            continue;
        }
        batch.add_series(labels_.emplace_back(std::move(row->labels)).bytes());
        for (size_t i = 0; i < row->samples.size(); i++) {
            if (row->histograms.empty())
                batch.add_sample(row->samples[i].time_ms, row->samples[i].value);
            else
                batch.add_histogram(row->samples[i].time_ms, std::move(row->histograms[i]));
        }
    }
    return !rest_.empty() || !batch.samples.empty();
}

}  // namespace belfry::ingest::json_lines
