#pragma once

#include "base/counter.h"

namespace belfry::api {

inline CounterFamily bulk_samples_total("belfry_api_bulk_samples_total",
                                        "Samples sent in bulk, by way: remote_read, federate, export.",
                                        {"way"});
inline CounterFamily bulk_histograms_omitted_total(
    "belfry_api_bulk_histograms_omitted_total",
    "Native histograms left out because the text formats have no form for them, by way.",
    {"way"});
inline CounterFamily bulk_refused_total("belfry_api_bulk_refused_total",
                                        "Bulk requests refused, by way and reason.",
                                        {"way", "reason"});

}  // namespace belfry::api
