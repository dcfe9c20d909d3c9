#include "ingest/prometheus/decode_histogram.h"

#include "codec/protobuf.h"

namespace belfry::ingest::prometheus {
namespace {

using Wire = codec::ProtoReader::Wire;

bool read_span(std::string_view message, std::vector<model::Histogram::Span>& spans) {
    codec::ProtoReader fields(message);
    model::Histogram::Span span;
    while (fields.next()) {
        if (fields.field() == 1)
            span.offset = static_cast<int32_t>(fields.sint64());
        else if (fields.field() == 2)
            span.length = fields.uint32();
    }
    spans.push_back(span);
    return fields.ok();
}

/// Repeated doubles: packed, or one a field.
bool read_doubles(codec::ProtoReader& fields, std::vector<double>& out) {
    if (fields.wire() != Wire::bytes) {
        out.push_back(fields.float64());
        return true;
    }
    ByteReader in(fields.bytes());
    double value = 0;
    while (!in.done()) {
        if (!in.le(&value)) return false;
        out.push_back(value);
    }
    return true;
}

bool read_deltas(codec::ProtoReader& fields, std::vector<int64_t>& out) {
    if (fields.wire() != Wire::bytes) {
        out.push_back(fields.sint64());
        return true;
    }
    ByteReader in(fields.bytes());
    int64_t value = 0;
    while (!in.done()) {
        if (!in.zigzag64(&value)) return false;
        out.push_back(value);
    }
    return true;
}

/// Integer buckets are differences from the bucket before.
void add_up(const std::vector<int64_t>& deltas, std::vector<double>& buckets) {
    uint64_t count = 0;
    for (const int64_t delta : deltas)
        buckets.push_back(static_cast<double>(static_cast<int64_t>(count += static_cast<uint64_t>(delta))));
}

}  // namespace

Result<WireHistogram> decode_histogram(std::string_view message) {
    static thread_local std::vector<int64_t> positive;
    static thread_local std::vector<int64_t> negative;
    positive.clear();
    negative.clear();
    WireHistogram out;
    out.histogram = std::make_shared<model::Histogram>();
    model::Histogram& h = *out.histogram;
    bool parts = true;
    codec::ProtoReader fields(message);
    while (parts && fields.next()) {
        switch (fields.field()) {
            case 1:
                h.count = static_cast<double>(fields.uint64());
                out.counts = WireBatch::Counts::integer;
                break;
            case 2: h.count = fields.float64(); break;
            case 3: h.sum = fields.float64(); break;
            case 4: {
                const int64_t schema = fields.sint64();
                if (schema != static_cast<int8_t>(schema))
                    return make_error(Code::invalid, "histogram schema {} is not known", schema);
                h.schema = static_cast<int8_t>(schema);
                break;
            }
            case 5: h.zero_threshold = fields.float64(); break;
            case 6: h.zero_count = static_cast<double>(fields.uint64()); break;
            case 7: h.zero_count = fields.float64(); break;
            case 8: parts = read_span(fields.bytes(), h.negative_spans); break;
            case 9: parts = read_deltas(fields, negative); break;
            case 10: parts = read_doubles(fields, h.negative_buckets); break;
            case 11: parts = read_span(fields.bytes(), h.positive_spans); break;
            case 12: parts = read_deltas(fields, positive); break;
            case 13: parts = read_doubles(fields, h.positive_buckets); break;
            case 14: {
                const uint64_t hint = fields.uint64();
                h.reset_hint = static_cast<model::Histogram::ResetHint>(hint <= 3 ? hint : 0);
                break;
            }
            case 15: out.time_ms = fields.int64(); break;
            case 16: parts = read_doubles(fields, h.custom_bounds); break;
            case 17: out.start_ms = fields.int64(); break;
            default: break;
        }
    }
    if (!parts || !fields.ok()) return make_error(Code::invalid, "malformed Histogram message");
    if (out.counts == WireBatch::Counts::integer) {
        add_up(positive, h.positive_buckets);
        add_up(negative, h.negative_buckets);
    }
    return out;
}

}  // namespace belfry::ingest::prometheus
