#pragma once

#include "base/result.h"
#include "model/metric_batch.h"
#include "store/kv/builder.h"
#include "store/kv/read_file.h"
#include "store/metric/head_index.h"

#include <functional>
#include <span>
#include <string>

namespace belfry::store {

/// Writes table head: these slots of the index, ascending. Takes the index's lock, shared, in short turns.
[[nodiscard]] Status write_series_table(kv::Builder& builder, const HeadIndex& index, std::span<const Slot> slots);
/// Puts the series of table head back into the index (whose lock the caller holds).
[[nodiscard]] Status restore_series_table(const kv::ReadFile& file, HeadIndex& index);

/// Tables mdat.
[[nodiscard]] Status write_metadata_table(kv::Builder& builder, std::span<const model::MetricMetadata> metadata);
[[nodiscard]] Status read_metadata_table(const kv::ReadFile& file, const std::function<void(model::MetricMetadata)>& visit);

}  // namespace belfry::store
