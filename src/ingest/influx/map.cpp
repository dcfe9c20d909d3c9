#include "ingest/influx/map.h"

namespace belfry::ingest::influx {
namespace {

// A batch ends before its series' bytes take more, whatever the number of samples.
constexpr size_t BATCH_WIRE_BYTES = 8UL << 20;

struct PrecisionName {
    std::string_view name;
    Precision precision;
};
constexpr PrecisionName PRECISIONS[] = {{"", {1, 1'000'000}}, {"ns", {1, 1'000'000}}, {"n", {1, 1'000'000}},
                                        {"us", {1, 1'000}},   {"u", {1, 1'000}},      {"µ", {1, 1'000}},
                                        {"µs", {1, 1'000}},   {"ms", {1, 1}},         {"s", {1'000, 1}},
                                        {"m", {60'000, 1}},   {"h", {3'600'000, 1}}};

}  // namespace

std::optional<Precision> precision_from_name(std::string_view name) {
    for (const PrecisionName& p : PRECISIONS) {
        if (p.name == name) return p.precision;
    }
    return std::nullopt;
}

std::optional<int64_t> time_to_ms(int64_t time, Precision precision) {
    int64_t ms = 0;
    if (__builtin_mul_overflow(time, precision.to_ms, &ms)) return std::nullopt;
    const int64_t quotient = ms / precision.per_ms;
    return quotient - (ms % precision.per_ms < 0 ? 1 : 0);
}

bool LineMapper::fill(WireBatch& batch, size_t samples_max) {
    batch.clear();
    batch.decoder = &influx_labels();
    wire_.clear();
    wire_ends_.clear();
    bool more = true;
    while (more && batch.samples.size() < samples_max && wire_.size() < BATCH_WIRE_BYTES) {
        const Result<bool> read = reader_.next(line_);
        if (!read.ok()) {
            bad_.add(reader_.line_number(), read.error().message, reader_.line());
        } else if (!*read) {
            more = false;
        } else if (Status status = add_line(batch); !status) {
            bad_.add(reader_.line_number(), std::move(status).error().context("line {}", reader_.line_number()).message,
                     reader_.line());
        }
    }
    size_t begin = 0;
    for (size_t i = 0; i < wire_ends_.size(); i++) {
        batch.series[i].wire = std::string_view(wire_).substr(begin, wire_ends_[i] - begin);
        begin = wire_ends_[i];
    }
    return more || !batch.samples.empty();
}

Status LineMapper::add_line(WireBatch& batch) {
    int64_t time_ms = options_.default_time_ms;
    if (line_.time) {
        const std::optional<int64_t> ms = time_to_ms(*line_.time, options_.precision);
        if (!ms) return make_error(Code::invalid, "timestamp {} is past all time in this precision", *line_.time);
        time_ms = *ms;
    }
    for (const Field& field : line_.fields) {
        if (field.is_text) {
            if (text_fields_.count++ == 0) {
                text_fields_.first = field.key.substr(0, ReceiverStats::SAMPLE_BYTES_MAX);
                (text_fields_.first += '=') += field.text.substr(0, ReceiverStats::SAMPLE_BYTES_MAX);
            }
            continue;
        }
        append_series(wire_, options_.db, field.key, line_.series);
        wire_ends_.push_back(wire_.size());
        batch.add_series({});  // its bytes are set when wire_ no longer grows
        batch.add_sample(time_ms, field.value);
    }
    return {};
}

}  // namespace belfry::ingest::influx
