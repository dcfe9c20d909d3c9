#include "ingest/prometheus/decode.h"

#include "codec/protobuf.h"

namespace belfry::ingest::prometheus {
namespace {

// In the order of prometheus.MetricMetadata.MetricType.
constexpr model::MetricType TYPES[] = {
    model::MetricType::unknown,   model::MetricType::counter,         model::MetricType::gauge,
    model::MetricType::histogram, model::MetricType::gauge_histogram, model::MetricType::summary,
    model::MetricType::info,      model::MetricType::stateset};

Status read_label(std::string_view message, std::vector<model::Label>& labels) {
    codec::ProtoReader label(message);
    std::string_view name;
    std::string_view value;
    while (label.next()) {
        if (label.field() == 1)
            name = label.bytes();
        else if (label.field() == 2)
            value = label.bytes();
    }
    if (!label.ok()) return make_error(Code::invalid, "malformed Label message");
    labels.push_back({name, value});
    return {};
}

}  // namespace

Status RemoteWriteLabels::decode(std::string_view wire,
                                 std::vector<model::Label>& labels,
                                 std::vector<std::string>& arena) const {
    (void)arena;  // every name and value stands in the wire bytes as it is
    codec::ProtoReader fields(wire);
    while (fields.next()) {
        TRY(read_label(fields.bytes(), labels));
    }
    return fields.ok() ? Status() : make_error(Code::invalid, "malformed labels");
}

const RemoteWriteLabels& remote_write_labels() {
    static const RemoteWriteLabels decoder;
    return decoder;
}

Result<model::Sample> decode_sample(std::string_view message) {
    model::Sample sample;
    codec::ProtoReader fields(message);
    while (fields.next()) {
        if (fields.field() == 1)
            sample.value = fields.float64();
        else if (fields.field() == 2)
            sample.time_ms = fields.int64();
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed Sample message");
    return sample;
}

Result<model::Exemplar> decode_exemplar(std::string_view message) {
    model::Exemplar exemplar;
    std::vector<model::Label> labels;
    codec::ProtoReader fields(message);
    while (fields.next()) {
        if (fields.field() == 1)
            TRY(read_label(fields.bytes(), labels));
        else if (fields.field() == 2)
            exemplar.value = fields.float64();
        else if (fields.field() == 3)
            exemplar.time_ms = fields.int64();
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed Exemplar message");
    exemplar.labels = model::Labels::from(std::move(labels));
    return exemplar;
}

Result<model::MetricMetadata> decode_metadata(std::string_view message) {
    model::MetricMetadata out;
    codec::ProtoReader fields(message);
    while (fields.next()) {
        if (fields.field() == 1) {
            const uint64_t type = fields.uint64();
            out.type = type < std::size(TYPES) ? TYPES[type] : model::MetricType::unknown;
        } else if (fields.field() == 2) {
            out.name = fields.bytes();
        } else if (fields.field() == 4) {
            out.help = fields.bytes();
        } else if (fields.field() == 5) {
            out.unit = fields.bytes();
        }
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed MetricMetadata message");
    return out;
}

}  // namespace belfry::ingest::prometheus
