#pragma once

#include "base/counter.h"

namespace belfry::consumer {

inline Counter records_decoded("belfry_consumer_records_decoded_total",
                               "Records that a consumer had to decode because it read them from the log.");
inline Counter undecodable_records("belfry_consumer_undecodable_records_total",
                                   "Records that no longer decode and were passed over.");
inline Counter stages_stopped("belfry_consumer_stages_stopped_total", "Stages that an error has stopped.");

}  // namespace belfry::consumer
