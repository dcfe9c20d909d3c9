#include "ingest/otlp/point.h"

#include "base/bytes.h"
#include "codec/protobuf.h"

namespace belfry::ingest::otlp {
namespace {

using codec::ProtoReader;
constexpr uint32_t NO_RECORDED_VALUE = 1;

void clear(Point& p) {
    p.attributes = {};
    p.loose.clear();
    p.start_ns = p.time_ns = 0;
    p.no_value = false;
    p.exemplars.clear();
}

void clear(DistributionPoint& p) {
    clear(static_cast<Point&>(p));
    p.count = 0;
    p.sum.reset();
    p.bucket_counts.clear();
    p.bounds.clear();
    p.scale = 0;
    p.zero_count = 0;
    p.zero_threshold = 0;
    p.positive.offset = p.negative.offset = 0;
    p.positive.counts.clear();
    p.negative.counts.clear();
    p.quantiles.clear();
}

/// Keeps the run of attribute fields; one that stands apart is kept by itself.
void take_attribute(Point& p, const char* begin, const char* end) {
    const std::string_view field(begin, static_cast<size_t>(end - begin));
    if (p.attributes.empty())
        p.attributes = field;
    else if (p.attributes.data() + p.attributes.size() == begin)
        p.attributes = {p.attributes.data(), p.attributes.size() + field.size()};
    else
        p.loose.push_back(field);
}

/// A repeated number: packed, or one field each.
template <typename T>
bool take_fixed64(ProtoReader& fields, std::vector<T>& out) {
    if (fields.wire() == ProtoReader::Wire::fixed64) {
        out.push_back(std::bit_cast<T>(fields.fixed64()));
        return true;
    }
    const std::string_view packed = fields.bytes();
    if (packed.size() % 8 != 0) return false;
    const size_t before = out.size();
    out.resize(before + packed.size() / 8);
    if (!packed.empty()) std::memcpy(out.data() + before, packed.data(), packed.size());
    return true;
}

Status read_buckets(std::string_view message, Buckets& out) {
    ProtoReader fields(message);
    while (fields.next()) {
        if (fields.field() == 1) {
            out.offset = static_cast<int32_t>(fields.sint64());
        } else if (fields.field() == 2 && fields.wire() == ProtoReader::Wire::varint) {
            out.counts.push_back(fields.uint64());
        } else if (fields.field() == 2) {
            ByteReader packed(fields.bytes());
            while (!packed.done()) {
                uint64_t count = 0;
                if (!packed.varint(&count)) return make_error(Code::invalid, "malformed Buckets message");
                out.counts.push_back(count);
            }
        }
    }
    return fields.ok() ? Status() : make_error(Code::invalid, "malformed Buckets message");
}

}  // namespace

Status read_number(std::string_view message, NumberPoint& out) {
    clear(out);
    out.value.reset();
    ProtoReader fields(message);
    const char* begin = fields.position();
    while (fields.next()) {
        switch (fields.field()) {
            case 2: out.start_ns = fields.fixed64(); break;
            case 3: out.time_ns = fields.fixed64(); break;
            case 4: out.value = fields.float64(); break;
            case 5: out.exemplars.push_back(fields.bytes()); break;
            case 6: out.value = static_cast<double>(static_cast<int64_t>(fields.fixed64())); break;
            case 7: take_attribute(out, begin, fields.position()); break;
            case 8: out.no_value = (fields.uint64() & NO_RECORDED_VALUE) != 0; break;
            default: break;
        }
        begin = fields.position();
    }
    return fields.ok() ? Status() : make_error(Code::invalid, "malformed NumberDataPoint message");
}

Status read_histogram(std::string_view message, DistributionPoint& out) {
    clear(out);
    ProtoReader fields(message);
    const char* begin = fields.position();
    bool good = true;
    while (good && fields.next()) {
        switch (fields.field()) {
            case 2: out.start_ns = fields.fixed64(); break;
            case 3: out.time_ns = fields.fixed64(); break;
            case 4: out.count = fields.fixed64(); break;
            case 5: out.sum = fields.float64(); break;
            case 6: good = take_fixed64(fields, out.bucket_counts); break;
            case 7: good = take_fixed64(fields, out.bounds); break;
            case 8: out.exemplars.push_back(fields.bytes()); break;
            case 9: take_attribute(out, begin, fields.position()); break;
            case 10: out.no_value = (fields.uint64() & NO_RECORDED_VALUE) != 0; break;
            default: break;
        }
        begin = fields.position();
    }
    return good && fields.ok() ? Status() : make_error(Code::invalid, "malformed HistogramDataPoint message");
}

Status read_exponential(std::string_view message, DistributionPoint& out) {
    clear(out);
    ProtoReader fields(message);
    const char* begin = fields.position();
    while (fields.next()) {
        switch (fields.field()) {
            case 1: take_attribute(out, begin, fields.position()); break;
            case 2: out.start_ns = fields.fixed64(); break;
            case 3: out.time_ns = fields.fixed64(); break;
            case 4: out.count = fields.fixed64(); break;
            case 5: out.sum = fields.float64(); break;
            case 6: out.scale = static_cast<int32_t>(fields.sint64()); break;
            case 7: out.zero_count = fields.fixed64(); break;
            case 8: TRY(read_buckets(fields.bytes(), out.positive)); break;
            case 9: TRY(read_buckets(fields.bytes(), out.negative)); break;
            case 10: out.no_value = (fields.uint64() & NO_RECORDED_VALUE) != 0; break;
            case 11: out.exemplars.push_back(fields.bytes()); break;
            case 14: out.zero_threshold = fields.float64(); break;
            default: break;
        }
        begin = fields.position();
    }
    return fields.ok() ? Status() : make_error(Code::invalid, "malformed ExponentialHistogramDataPoint message");
}

Status read_summary(std::string_view message, DistributionPoint& out) {
    clear(out);
    ProtoReader fields(message);
    const char* begin = fields.position();
    while (fields.next()) {
        switch (fields.field()) {
            case 2: out.start_ns = fields.fixed64(); break;
            case 3: out.time_ns = fields.fixed64(); break;
            case 4: out.count = fields.fixed64(); break;
            case 5: out.sum = fields.float64(); break;
            case 6: {
                ProtoReader quantile(fields.bytes());
                auto& [at, value] = out.quantiles.emplace_back(0.0, 0.0);
                while (quantile.next()) {
                    if (quantile.field() == 1)
                        at = quantile.float64();
                    else if (quantile.field() == 2)
                        value = quantile.float64();
                }
                if (!quantile.ok()) return make_error(Code::invalid, "malformed ValueAtQuantile message");
                break;
            }
            case 7: take_attribute(out, begin, fields.position()); break;
            case 8: out.no_value = (fields.uint64() & NO_RECORDED_VALUE) != 0; break;
            default: break;
        }
        begin = fields.position();
    }
    return fields.ok() ? Status() : make_error(Code::invalid, "malformed SummaryDataPoint message");
}

Result<ExemplarPoint> read_exemplar(std::string_view message) {
    ExemplarPoint out;
    ProtoReader fields(message);
    while (fields.next()) {
        switch (fields.field()) {
            case 2: out.time_ns = fields.fixed64(); break;
            case 3: out.value = fields.float64(); break;
            case 4: out.span_id = fields.bytes(); break;
            case 5: out.trace_id = fields.bytes(); break;
            case 6: out.value = static_cast<double>(static_cast<int64_t>(fields.fixed64())); break;
            case 7: out.attributes.push_back(fields.bytes()); break;
            default: break;
        }
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed Exemplar message");
    return out;
}

}  // namespace belfry::ingest::otlp
