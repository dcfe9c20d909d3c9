#pragma once

#include "base/counter.h"

namespace belfry::forward {

inline CounterFamily samples_sent("belfry_forward_samples_total",
                                  "Samples that a destination has taken.",
                                  {"destination"});
inline CounterFamily bytes_sent("belfry_forward_bytes_total",
                                "Compressed bytes that a destination has taken.",
                                {"destination"});
inline CounterFamily samples_dropped("belfry_forward_samples_dropped_total",
                                     "Samples that did not go to a destination: refused (4xx), unknown_series, "
                                     "histograms_off.",
                                     {"destination", "reason"});
inline CounterFamily requests_retried("belfry_forward_retries_total",
                                      "Requests that had to be sent again.",
                                      {"destination"});
inline CounterFamily records_given_up("belfry_forward_records_given_up_total",
                                      "Log records that were gone before a destination could have them "
                                      "(forward.keep_bytes, forward.keep).",
                                      {"destination"});

}  // namespace belfry::forward
