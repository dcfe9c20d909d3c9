#pragma once

#include "model/labels.h"

namespace belfry::model {

/// `labels` with those of `external` that it does not have itself: what tells this server's series from others' once
/// they have left it. The tenant label stays behind.
[[nodiscard]] Labels with_external(LabelsView labels, LabelsView external);

}  // namespace belfry::model
