#pragma once

#include "model/labels.h"

#include <cstdint>
#include <string_view>

namespace belfry::model {

/// The label of an exemplar that carries what Monasca says about one value: a JSON object of at most 2048 characters.
inline constexpr std::string_view VALUE_META = "value_meta";

/// One observation that stands beside the samples of a series, with labels of its own: usually the id of its trace.
struct Exemplar {
    int64_t time_ms = 0;
    double value = 0;
    Labels labels;
    friend bool operator==(const Exemplar&, const Exemplar&) = default;
};

}  // namespace belfry::model
