#pragma once

#include "base/counter.h"
#include "ingest/metric/wire_batch.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::self {

/// Counters -> a batch; the wire bytes live in `wires`.
void map_counters(const std::vector<CounterSample>& counters,
                  std::string_view instance,
                  int64_t time_ms,
                  bool with_metadata,
                  std::deque<std::string>& wires,
                  WireBatch& batch);

}  // namespace belfry::ingest::self
