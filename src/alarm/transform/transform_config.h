#pragma once

#include <cstdint>
#include <string>

namespace belfry::alarm {

struct TransformConfig {
    std::string specs_dir;               // pre_transform_specs.json and transform_specs.json; "" has none
    int64_t delay_ms = 300'000;          // after the end of an hour, for samples that come late
    int64_t catch_up_ms = 86'400'000;    // hours that a stopped server missed and computes afterwards
    uint64_t specs_bytes_max = 4 << 20;  // of both texts together
};

}  // namespace belfry::alarm
