#pragma once

#include "ingest/metric/writer.h"

#include <functional>

namespace belfry::ingest {

/// Where receivers put their batches: `MetricWriter::write` in the program, a recorder in tests. Any thread.
using MetricSink = std::function<Result<WriteOutcome>(const WireBatch&)>;

}  // namespace belfry::ingest
