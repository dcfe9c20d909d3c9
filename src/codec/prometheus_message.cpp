#include "codec/prometheus_message.h"

#include "codec/prometheus_chunk.h"
#include "codec/protobuf.h"

namespace belfry::codec {
namespace {

using model::Histogram;

size_t varint_bytes(uint64_t value) {
    size_t count = 1;
    for (; value > 127; value >>= 7)
        ++count;
    return count;
}

uint64_t reset_hint_number(Histogram::ResetHint hint) {
    switch (hint) {
        case Histogram::ResetHint::reset: return 1;
        case Histogram::ResetHint::not_reset: return 2;
        case Histogram::ResetHint::gauge: return 3;
        case Histogram::ResetHint::unknown: break;
    }
    return 0;
}

void append_spans(ProtoWriter& message, uint32_t field, const std::vector<Histogram::Span>& spans) {
    std::string one;
    for (const auto& span : spans) {
        one.clear();
        ProtoWriter fields(one);
        fields.varint(1, zigzag(span.offset));
        fields.varint(2, span.length);
        message.bytes(field, one);
    }
}

void append_floats(ProtoWriter& message, uint32_t field, const std::vector<double>& values) {
    if (values.empty()) return;
    std::string packed;
    for (const double value : values)
        put_le(packed, std::bit_cast<uint64_t>(value));
    message.bytes(field, packed);
}

void append_deltas(ProtoWriter& message, uint32_t field, const std::vector<double>& counts) {
    if (counts.empty()) return;
    std::string packed;
    int64_t before = 0;
    for (const double count : counts) {
        const auto whole = static_cast<int64_t>(count);
        put_zigzag(packed, whole - std::exchange(before, whole));
    }
    message.bytes(field, packed);
}

}  // namespace

void append_prometheus_labels(std::string& out, uint32_t field, model::LabelsView labels) {
    for (const model::Label& label : labels) {
        if (label.name == model::TENANT_LABEL) continue;
        const size_t bytes = 2 + varint_bytes(label.name.size()) + label.name.size() +
                             varint_bytes(label.value.size()) + label.value.size();
        put_varint(out, uint64_t{field} << 3 | 2);
        put_varint(out, bytes);
        ProtoWriter fields(out);
        fields.bytes(1, label.name);
        fields.bytes(2, label.value);
    }
}

void append_prometheus_sample(std::string& out, uint32_t field, int64_t time_ms, double value) {
    const auto time = static_cast<uint64_t>(time_ms);
    put_varint(out, uint64_t{field} << 3 | 2);
    put_varint(out, 9 + 1 + varint_bytes(time));
    ProtoWriter fields(out);
    fields.float64(1, value);
    fields.varint(2, time);
}

void append_prometheus_histogram(std::string& out, uint32_t field, int64_t time_ms, const Histogram& h) {
    std::string one;
    ProtoWriter message(one);
    const bool whole = has_whole_counts(h);
    whole ? message.varint(1, static_cast<uint64_t>(h.count)) : message.float64(2, h.count);
    message.float64(3, h.sum);
    message.varint(4, zigzag(h.schema));
    message.float64(5, h.zero_threshold);
    whole ? message.varint(6, static_cast<uint64_t>(h.zero_count)) : message.float64(7, h.zero_count);
    append_spans(message, 8, h.negative_spans);
    whole ? append_deltas(message, 9, h.negative_buckets) : append_floats(message, 10, h.negative_buckets);
    append_spans(message, 11, h.positive_spans);
    whole ? append_deltas(message, 12, h.positive_buckets) : append_floats(message, 13, h.positive_buckets);
    message.varint(14, reset_hint_number(h.reset_hint));
    message.int64(15, time_ms);
    append_floats(message, 16, h.custom_bounds);
    ProtoWriter(out).bytes(field, one);
}

}  // namespace belfry::codec
