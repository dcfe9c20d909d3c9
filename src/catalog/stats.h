#pragma once

#include "base/counter.h"

namespace belfry::catalog {

inline Counter definitions_applied("belfry_catalog_definitions_applied_total", "Definition records applied.");
inline Counter definitions_rejected("belfry_catalog_definitions_rejected_total",
                                    "Definition records that could not be read and were passed over.");
inline Counter definitions_superseded(
    "belfry_catalog_definitions_superseded_total",
    "Changes of dashboards that came second to another change of the same version.");
inline Counter logins("belfry_catalog_logins_total", "Logins by link.");
inline Counter logins_refused("belfry_catalog_logins_refused_total", "Login links that were wrong, used or too old.");

}  // namespace belfry::catalog
