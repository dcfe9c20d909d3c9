#pragma once

#include "model/sample.h"

namespace belfry::store {

/// Lays `newer` over `out`: both ascending and unique in time; where times are equal the newer value stays. `newer` is used up.
void overlay(model::SampleColumns& out, model::SampleColumns& newer);

/// Cuts `columns` to `range`.
void trim(model::SampleColumns& columns, model::TimeRange range);

}  // namespace belfry::store
