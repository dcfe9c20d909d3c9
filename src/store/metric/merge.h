#pragma once

#include "model/sample.h"

namespace belfry::store {

/// Lays `newer` over `out`: both ascending and unique in time; where times are equal the newer value stays. `newer` is used up.
void overlay(model::SampleColumns& out, model::SampleColumns& newer);

/// Makes the histogram and start columns as long as the others where there are any; what is added has none.
void fit_side(model::SampleColumns& columns);

/// Cuts `columns` to `range`.
void trim(model::SampleColumns& columns, model::TimeRange range);

/// Removes the samples in `range`.
void cut(model::SampleColumns& columns, model::TimeRange range);

}  // namespace belfry::store
