#pragma once

#include "codec/protobuf.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::tests::otlp {

/// A protobuf message that is put together field by field: Message().text(1, "a").fixed64(2, 5).bytes
struct Message {
    std::string bytes;
    Message& text(uint32_t field, std::string_view value) {
        return codec::ProtoWriter(bytes).bytes(field, value), *this;
    }
    Message& add(uint32_t field, const Message& value) { return text(field, value.bytes); }
    Message& varint(uint32_t field, uint64_t value) { return codec::ProtoWriter(bytes).varint(field, value), *this; }
    Message& float64(uint32_t field, double value) { return codec::ProtoWriter(bytes).float64(field, value), *this; }
    Message& fixed64(uint32_t field, uint64_t value) { return float64(field, std::bit_cast<double>(value)); }
    Message& attribute(uint32_t field, std::string_view key, std::string_view value) {
        return add(field, Message().text(1, key).add(2, Message().text(1, value)));
    }
    Message& packed(uint32_t field, std::initializer_list<uint64_t> values) {
        std::string all;
        for (const uint64_t v : values)
            put_le(all, v);
        return text(field, all);
    }
    Message& packed(uint32_t field, std::initializer_list<double> values) {
        std::string all;
        for (const double v : values)
            put_le(all, v);
        return text(field, all);
    }
};

enum Temporality : uint64_t { DELTA = 1, CUMULATIVE = 2 };
constexpr uint64_t SECOND_NS = 1'000'000'000;

inline Message number(uint64_t start_ns, uint64_t time_ns, double value) {
    return Message().fixed64(2, start_ns).fixed64(3, time_ns).float64(4, value);
}
inline Message gauge(std::string_view name, std::string_view unit, const std::vector<Message>& points) {
    Message all;
    for (const Message& p : points)
        all.add(1, p);
    return Message().text(1, name).text(3, unit).add(5, all);
}
inline Message sum(
    std::string_view name, std::string_view unit, Temporality t, bool monotonic, const std::vector<Message>& points) {
    Message all;
    for (const Message& p : points)
        all.add(1, p);
    all.varint(2, t).varint(3, monotonic ? 1 : 0);
    return Message().text(1, name).text(3, unit).add(7, all);
}
/// `field`: 9 histogram, 10 exponential, 11 summary.
inline Message distribution(
    uint32_t field, std::string_view name, std::string_view unit, Temporality t, const std::vector<Message>& points) {
    Message all;
    for (const Message& p : points)
        all.add(1, p);
    if (field != 11) all.varint(2, t);
    return Message().text(1, name).text(3, unit).add(field, all);
}
inline Message resource(std::string_view service, std::string_view instance = "") {
    Message out;
    if (!service.empty()) out.attribute(1, "service.name", service);
    if (!instance.empty()) out.attribute(1, "service.instance.id", instance);
    return out;
}
inline std::string request(const Message& from, const std::vector<Message>& metrics, const Message& scope = {}) {
    Message scope_metrics;
    scope_metrics.add(1, scope);
    for (const Message& m : metrics)
        scope_metrics.add(2, m);
    return Message().add(1, Message().add(1, from).add(2, scope_metrics)).bytes;
}

}  // namespace belfry::tests::otlp
