#pragma once

#include "model/labels.h"

#include <cstdint>

namespace belfry::model {

/// One observation that stands beside the samples of a series, with labels of its own: usually the id of its trace.
struct Exemplar {
    int64_t time_ms = 0;
    double value = 0;
    Labels labels;
    friend bool operator==(const Exemplar&, const Exemplar&) = default;
};

}  // namespace belfry::model
