#include "ingest/prometheus/decode_v2.h"

#include "base/bytes.h"
#include "codec/protobuf.h"

namespace belfry::ingest::prometheus {
namespace {

// In the order of Metadata.MetricType, which is not that of remote write 1.0.
constexpr model::MetricType TYPES[] = {
    model::MetricType::unknown,   model::MetricType::counter,         model::MetricType::gauge,
    model::MetricType::histogram, model::MetricType::gauge_histogram, model::MetricType::summary,
    model::MetricType::info,      model::MetricType::stateset};

constexpr size_t EXEMPLAR_BYTES_MAX = 4'096;  // far above what the writer takes

}  // namespace

model::MetricType metric_type_v2(uint32_t type) {
    return type < std::size(TYPES) ? TYPES[type] : model::MetricType::unknown;
}

Result<SampleV2> decode_sample_v2(std::string_view message) {
    SampleV2 out;
    codec::ProtoReader fields(message);
    while (fields.next()) {
        switch (fields.field()) {
            case 1: out.sample.value = fields.float64(); break;
            case 2: out.sample.time_ms = fields.int64(); break;
            case 3: out.start_ms = fields.int64(); break;
            default: break;
        }
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed Sample message");
    return out;
}

Result<MetadataV2> decode_metadata_v2(std::string_view message) {
    MetadataV2 out;
    codec::ProtoReader fields(message);
    while (fields.next()) {
        switch (fields.field()) {
            case 1: out.type = fields.uint32(); break;
            case 3: out.help_ref = fields.uint32(); break;
            case 4: out.unit_ref = fields.uint32(); break;
            default: break;
        }
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed Metadata message");
    return out;
}

Result<model::Exemplar> decode_exemplar_v2(std::string_view message, const Symbols& symbols) {
    model::Exemplar out;
    std::vector<uint32_t> refs;
    bool packed = true;
    codec::ProtoReader fields(message);
    while (fields.next()) {
        switch (fields.field()) {
            case 1:
                if (fields.wire() == codec::ProtoReader::Wire::bytes)
                    packed = packed && read_refs(fields.bytes(), refs);
                else
                    refs.push_back(fields.uint32());
                break;
            case 2: out.value = fields.float64(); break;
            case 3: out.time_ms = fields.int64(); break;
            default: break;
        }
    }
    if (!fields.ok() || !packed) return make_error(Code::invalid, "malformed Exemplar message");
    if (const std::string wrong = check_refs(refs, symbols); !wrong.empty())
        return make_error(Code::invalid, "{}", wrong);
    size_t bytes = 0;
    for (const uint32_t ref : refs)
        bytes += symbols[ref].size();
    if (bytes > EXEMPLAR_BYTES_MAX || refs.size() > EXEMPLAR_BYTES_MAX)
        return make_error(Code::invalid, "labels of an exemplar of more than {} bytes", EXEMPLAR_BYTES_MAX);
    std::vector<model::Label> labels;
    for (size_t i = 0; i < refs.size(); i += 2)
        labels.push_back({symbols[refs[i]], symbols[refs[i + 1]]});
    out.labels = model::Labels::from(std::move(labels));
    return out;
}

bool read_refs(std::string_view packed, std::vector<uint32_t>& refs) {
    const char* at = packed.data();
    const char* const end = at + packed.size();
    while (at != end) {
        uint32_t value = static_cast<uint8_t>(*at++);
        if (value > 127) {
            value &= 127;
            for (unsigned shift = 7;; shift += 7) {
                if (at == end || shift > 28) return false;
                const auto byte = static_cast<uint8_t>(*at++);
                if (shift == 28 && byte > 15) return false;
                value |= (byte & 127U) << shift;
                if (byte < 128) break;
            }
        }
        refs.push_back(value);
    }
    return true;
}

std::string check_refs(const std::vector<uint32_t>& refs, const Symbols& symbols) {
    if (refs.size() % 2 != 0) return fmt::format("{} label references, names and values come in pairs", refs.size());
    for (const uint32_t ref : refs) {
        if (ref >= symbols.size()) return fmt::format("label reference {} of {} symbols", ref, symbols.size());
    }
    return "";
}

}  // namespace belfry::ingest::prometheus
