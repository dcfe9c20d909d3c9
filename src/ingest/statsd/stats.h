#pragma once

#include "base/counter.h"

namespace belfry::ingest::statsd {

inline CounterFamily ignored_sections{
    "belfry_statsd_ignored_sections_total", "Parts of statsd lines that are read over.", {"section"}};
inline Gauge keys_now("belfry_statsd_keys", "Combinations of name and tags that are counted now.");
inline Counter flushes_total("belfry_statsd_flushes_total", "Times that what was counted became samples.");

}  // namespace belfry::ingest::statsd
