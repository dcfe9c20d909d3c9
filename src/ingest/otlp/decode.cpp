#include "ingest/otlp/decode.h"

#include "base/bytes.h"
#include "base/number.h"
#include "codec/protobuf.h"
#include "ingest/otlp/value.h"

namespace belfry::ingest::otlp {
namespace {

char* put_sized_at(char* to, std::string_view bytes) {
    size_t size = bytes.size();
    while (size > 127) {
        *to++ = static_cast<char>((size & 127) | 128);
        size >>= 7;
    }
    *to++ = static_cast<char>(size);
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    return to + bytes.size();
}

/// Labels by final name; attributes whose names become one share it, their values joined in the order of their keys.
struct Named {
    std::string name;
    std::string_view key;
    std::string value;
};

Result<std::vector<Named>> read_attributes(std::string_view wire, bool resource, Translation translation) {
    std::vector<Named> out;
    codec::ProtoReader fields(wire);
    while (fields.next()) {
        const KeyValue pair = TRY(read_key_value(fields.bytes()));
        if (resource && is_identifying(pair.key)) continue;
        Named named{label_name(pair.key, translation), pair.key, {}};
        TRY(append_value(named.value, pair.value));
        if (named.name.empty() || named.name == model::METRIC_NAME) continue;
        out.push_back(std::move(named));
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed attributes");
    std::stable_sort(out.begin(), out.end(),
                     [](const Named& a, const Named& b) { return a.name != b.name ? a.name < b.name : a.key < b.key; });
    size_t kept = 0;
    for (size_t i = 0; i < out.size(); ++i) {
        if (kept > 0 && out[kept - 1].name == out[i].name) {
            // the same key twice: the last counts
            if (out[kept - 1].key == out[i].key)
                out[kept - 1].value = std::move(out[i].value);
            else
                out[kept - 1].value += ";" + out[i].value;
            out[kept - 1].key = out[i].key;
            continue;
        }
        if (kept != i) out[kept] = std::move(out[i]);
        ++kept;
    }
    out.resize(kept);
    return out;
}

std::string_view suffix_of(Part part) {
    switch (part) {
        case Part::bucket: return "_bucket";
        case Part::sum: return "_sum";
        case Part::count: return "_count";
        default: return "";
    }
}

}  // namespace

bool is_identifying(std::string_view attribute) {
    return attribute == "service.name" || attribute == "service.namespace" || attribute == "service.instance.id";
}

size_t encoded_bytes_max(const SeriesKey& key) {
    return 2 + sizeof(double) + 3 * 10 + key.base_labels.size() + key.name.size() + key.unit.size() +
           key.attributes.size();
}

std::string_view encode(const SeriesKey& key, char* to) {
    char* at = to;
    *at++ = static_cast<char>(key.part);
    *at++ = static_cast<char>(key.kind);
    std::memcpy(at, &key.bound, sizeof key.bound);
    at += sizeof key.bound;
    at = put_sized_at(at, key.base_labels);
    at = put_sized_at(at, key.name);
    at = put_sized_at(at, key.unit);
    if (!key.attributes.empty()) std::memcpy(at, key.attributes.data(), key.attributes.size());
    at += key.attributes.size();
    return {to, static_cast<size_t>(at - to)};
}

Status OtlpLabels::decode(std::string_view wire,
                          std::vector<model::Label>& labels,
                          std::vector<std::string>& arena) const {
    ByteReader in(wire);
    uint8_t part = 0;
    uint8_t kind = 0;
    double bound = 0;
    std::string_view base;
    std::string_view name;
    std::string_view unit;
    const bool read =
        in.le(&part) && in.le(&kind) && in.le(&bound) && in.sized(&base) && in.sized(&name) && in.sized(&unit);
    if (!read || part > static_cast<uint8_t>(Part::target_info) || kind > static_cast<uint8_t>(Kind::summary))
        return make_error(Code::invalid, "malformed series");
    const auto which = static_cast<Part>(part);
    const std::string_view rest(in.position(), in.left());
    std::vector<Named> attributes = TRY(read_attributes(rest, which == Part::target_info, translation_));
    std::string metric =
        which == Part::target_info ? "target_info" : metric_name(name, unit, static_cast<Kind>(kind), translation_);
    if (metric.empty())
        return make_error(Code::invalid, "nothing of the metric name \"{}\" can be kept", name.substr(0, 100));
    metric += suffix_of(which);
    std::string bound_text;
    if (which == Part::bucket || which == Part::quantile) append_double(bound_text, bound);

    // What belongs to the series itself wins over attributes of the same name, then what is of the resource and scope.
    std::vector<model::Label> fixed = {{model::METRIC_NAME, {}}};
    if (which == Part::bucket) fixed.push_back({"le", {}});
    if (which == Part::quantile) fixed.push_back({"quantile", {}});
    ByteReader pairs(base);
    std::vector<model::Label> base_labels;
    while (!pairs.done()) {
        model::Label label;
        if (!pairs.sized(&label.name) || !pairs.sized(&label.value))
            return make_error(Code::invalid, "malformed series");
        base_labels.push_back(label);
    }
    arena.reserve(arena.size() + 2 + 2 * attributes.size());
    labels.push_back({model::METRIC_NAME, arena.emplace_back(std::move(metric))});
    if (fixed.size() == 2) labels.push_back({fixed[1].name, arena.emplace_back(std::move(bound_text))});
    const auto has = [](const std::vector<model::Label>& list, std::string_view wanted) {
        return std::any_of(list.begin(), list.end(), [&](const model::Label& l) { return l.name == wanted; });
    };
    for (const model::Label& label : base_labels)  // of equal names the first counts: job and instance come first
        if (!has(labels, label.name)) labels.push_back(label);
    for (Named& attribute : attributes) {
        if (attribute.value.empty() || has(fixed, attribute.name) || has(base_labels, attribute.name)) continue;
        const std::string& label = arena.emplace_back(std::move(attribute.name));
        labels.push_back({label, arena.emplace_back(std::move(attribute.value))});
    }
    return {};
}

}  // namespace belfry::ingest::otlp
