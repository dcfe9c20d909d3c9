#pragma once

#include "codec/protobuf.h"
#include "model/labels.h"
#include "model/sample.h"

#include <string>
#include <vector>

namespace belfry::tests {

/// Builds a prometheus.WriteRequest of remote write 1.0.
class RemoteWriteMessage {
  public:
    /// Labels as they are given: unsorted or doubled ones, too.
    RemoteWriteMessage& series(const std::vector<model::Label>& labels, const std::vector<model::Sample>& samples) {
        std::string one;
        codec::ProtoWriter fields(one);
        for (const model::Label& l : labels)
            fields.bytes(1, label(l));
        for (const model::Sample& s : samples)
            fields.bytes(2, sample(s));
        codec::ProtoWriter(bytes_).bytes(1, one);
        return *this;
    }
    RemoteWriteMessage& metadata(uint64_t type, std::string_view name, std::string_view help, std::string_view unit) {
        std::string one;
        codec::ProtoWriter fields(one);
        fields.varint(1, type);
        fields.bytes(2, name);
        fields.bytes(4, help);
        fields.bytes(5, unit);
        codec::ProtoWriter(bytes_).bytes(3, one);
        return *this;
    }
    RemoteWriteMessage& raw_series(std::string_view message) {
        codec::ProtoWriter(bytes_).bytes(1, message);
        return *this;
    }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

    static std::string label(const model::Label& l) {
        std::string out;
        codec::ProtoWriter fields(out);
        fields.bytes(1, l.name);
        fields.bytes(2, l.value);
        return out;
    }
    static std::string sample(const model::Sample& s) {
        std::string out;
        codec::ProtoWriter fields(out);
        fields.float64(1, s.value);
        fields.int64(2, s.time_ms);
        return out;
    }

  private:
    std::string bytes_;
};

}  // namespace belfry::tests
