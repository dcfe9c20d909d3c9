#pragma once

#include "base/result.h"
#include "store/metric/metric_store.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::store {

/// Days since the epoch (UTC) of a time, rounded down.
inline constexpr int64_t DAY_MS = 86'400'000;
[[nodiscard]] inline int32_t day_of(int64_t time_ms) {
    return static_cast<int32_t>(time_ms / DAY_MS - (time_ms % DAY_MS < 0 ? 1 : 0));
}

/// Does a file of this kind hold a span of days?
[[nodiscard]] constexpr bool is_in_span(MetricFileKind kind) {
    return kind == MetricFileKind::part || kind == MetricFileKind::late || kind == MetricFileKind::records;
}

/// Table meta of any file of the store; fields that a kind does not have are empty.
struct PartMeta {
    MetricFileKind kind = MetricFileKind::part;
    uint64_t seq = 0;
    int64_t min_ms = 0;
    int64_t max_ms = 0;
    uint64_t series = 0;
    uint64_t samples = 0;
    uint64_t resolution_ms = 0;  // 0: as received; reserved for down-sampling
    uint64_t tombstones = 0;     // number of the newest deletion that was applied; reserved
    struct Name {
        std::string name;
        uint32_t values = 0;
    };
    std::vector<Name> names;                     // ascending
    std::vector<std::vector<uint32_t>> schemas;  // numbers of names, ascending

    [[nodiscard]] std::string encode() const;
    [[nodiscard]] static Result<PartMeta> decode(std::string_view bytes);
};

}  // namespace belfry::store
