#pragma once

#include "codec/protobuf.h"
#include "model/labels.h"
#include "model/sample.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace belfry::tests {

/// Builds an io.prometheus.write.v2.Request. `with` appends further fields to a TimeSeries message.
class RemoteWriteMessageV2 {
  public:
    using More = std::function<void(codec::ProtoWriter&)>;

    RemoteWriteMessageV2() { (void)ref(""); }
    uint32_t ref(const std::string& text) {
        const auto [at, made] = places_.emplace(text, static_cast<uint32_t>(symbols_.size()));
        if (made) symbols_.push_back(text);
        return at->second;
    }
    std::string refs(const std::vector<model::Label>& labels) {
        std::string out;
        for (const model::Label& l : labels) {
            put_varint(out, ref(std::string(l.name)));
            put_varint(out, ref(std::string(l.value)));
        }
        return out;
    }
    RemoteWriteMessageV2& series(const std::vector<model::Label>& labels,
                                 const std::vector<model::Sample>& samples,
                                 const More& more = nullptr) {
        return raw_series(refs(labels), samples, more);
    }
    RemoteWriteMessageV2& raw_series(const std::string& packed_refs,
                                     const std::vector<model::Sample>& samples,
                                     const More& more = nullptr) {
        std::string one;
        codec::ProtoWriter fields(one);
        fields.bytes(1, packed_refs);
        for (const model::Sample& s : samples)
            fields.bytes(2, sample(s));
        if (more) more(fields);
        codec::ProtoWriter(series_).bytes(5, one);
        return *this;
    }
    std::string metadata(uint64_t type, const std::string& help, const std::string& unit) {
        std::string out;
        codec::ProtoWriter fields(out);
        fields.varint(1, type);
        fields.varint(3, ref(help));
        fields.varint(4, ref(unit));
        return out;
    }
    std::string exemplar(const std::vector<model::Label>& labels, double value, int64_t time_ms) {
        std::string out;
        codec::ProtoWriter fields(out);
        fields.bytes(1, refs(labels));
        fields.float64(2, value);
        fields.int64(3, time_ms);
        return out;
    }
    static std::string sample(const model::Sample& s, int64_t start_ms = 0) {
        std::string out;
        codec::ProtoWriter fields(out);
        fields.float64(1, s.value);
        fields.int64(2, s.time_ms);
        if (start_ms != 0) fields.int64(3, start_ms);
        return out;
    }
    /// Of schema 0 with a count of `count` in bucket 1, in integers.
    static std::string histogram(int64_t time_ms, uint64_t count, int64_t start_ms = 0) {
        std::string span;
        codec::ProtoWriter span_fields(span);
        span_fields.varint(1, zigzag(1));
        span_fields.varint(2, 1);
        std::string deltas;
        put_varint(deltas, zigzag(static_cast<int64_t>(count)));
        std::string out;
        codec::ProtoWriter fields(out);
        fields.varint(1, count);
        fields.float64(3, 1.5 * static_cast<double>(count));
        fields.varint(4, 0);
        fields.bytes(11, span);
        fields.bytes(12, deltas);
        fields.int64(15, time_ms);
        if (start_ms != 0) fields.int64(17, start_ms);
        return out;
    }
    [[nodiscard]] std::string bytes() const {
        std::string out;
        codec::ProtoWriter fields(out);
        for (const std::string& symbol : symbols_)
            fields.bytes(4, symbol);
        return out + series_;
    }

  private:
    std::map<std::string, uint32_t> places_;
    std::vector<std::string> symbols_;
    std::string series_;
};

}  // namespace belfry::tests
