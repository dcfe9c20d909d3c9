#pragma once

#include "store/metric/id_set.h"
#include "store/metric/manifest.h"
#include "store/metric/part_reader.h"

#include <string_view>
#include <unordered_map>

namespace belfry::store {

/// Does anything erased still lie in the file?
[[nodiscard]] bool has_erased(const Manifest& manifest, const MetricFile& file);

/// `ids` of the part without what is erased of the tenant.
[[nodiscard]] Result<Ids> without_erased(
    const Manifest& manifest, const MetricFile& part, const PartIndex& index, std::string_view tenant, Ids ids);

/// For each erased series of an index: its samples in files below this number are gone.
using ErasedBelow = std::unordered_map<uint32_t, uint64_t>;
[[nodiscard]] Result<ErasedBelow> erased_series(const Manifest& manifest, const PostingSource& index);

}  // namespace belfry::store
