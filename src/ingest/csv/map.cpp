#include "ingest/csv/map.h"

#include "base/number.h"

namespace belfry::ingest::csv {

bool RowMapper::fill(WireBatch& batch, size_t samples_max) {
    batch.clear();
    batch.decoder = &canonical_label_decoder();
    series_.clear();
    bool more = true;
    while (more && batch.samples.size() < samples_max) {
        const Result<bool> read = reader_.next(fields_);
        if (!read.ok()) {
            bad_.add(reader_.line_number(), read.error().message, reader_.line());
        } else if (!*read) {
            more = false;
        } else if (Status status = add_row(batch); !status.ok()) {
            bad_.add(reader_.line_number(), std::move(status).error().context("line {}", reader_.line_number()).message,
                     reader_.line());
        }
    }
    return more || !batch.samples.empty();
}

Status RowMapper::add_row(WireBatch& batch) {
    const Format& format = options_.format;
    if (fields_.size() < format.fields)
        return make_error(Code::invalid, "{} fields, the format asks for {}", fields_.size(), format.fields);
    int64_t time_ms = options_.default_time_ms;
    if (format.time_index) {
        const std::string_view field = fields_[*format.time_index];
        const std::optional<int64_t> time = decode_time(field, format.time);
        if (!time) return make_error(Code::invalid, "{:?} is not a time of the format", field.substr(0, 40));
        time_ms = *time;
    }
    samples_.clear();
    for (const Column& column : format.metrics) {
        const std::string_view field = fields_[column.index];
        if (field.empty()) continue;
        const std::optional<double> value = parse_double(field);
        if (!value) return make_error(Code::invalid, "{:?} is not a number", field.substr(0, 40));
        samples_.emplace_back(&column.name, *value);
    }
    for (const auto& [name, value] : samples_) {
        std::vector<model::Label> labels{{model::METRIC_NAME, *name}};
        for (const Column& column : format.labels)
            labels.push_back({column.name, fields_[column.index]});
        for (const auto& [extra_name, extra_value] : options_.extra_labels)
            labels.push_back({extra_name, extra_value});
        batch.add_series(series_.emplace_back(model::Labels::from(std::move(labels)).bytes()));
        batch.add_sample(time_ms, value);
    }
    return {};
}

}  // namespace belfry::ingest::csv
