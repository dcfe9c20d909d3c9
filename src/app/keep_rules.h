#pragma once

#include "base/result.h"
#include "store/metric/metric_store_config.h"

namespace belfry::app {

/// The selectors of the rules of keeping, parsed; `invalid` names the key and the rule.
[[nodiscard]] Result<store::MetricStoreConfig> with_keep_rules(store::MetricStoreConfig config);

}  // namespace belfry::app
