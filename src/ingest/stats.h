#pragma once

#include "base/counter.h"

namespace belfry::ingest {

inline CounterFamily received_records{
    "belfry_ingest_records_total", "Samples, spans, lines and events that were accepted.", {"receiver"}};
inline CounterFamily received_bytes{
    "belfry_ingest_bytes_total", "Bytes of requests and datagrams as they came, compressed or not.", {"receiver"}};
inline CounterFamily received_requests{
    "belfry_ingest_requests_total", "Requests and datagrams, with what became of them.", {"receiver", "outcome"}};
inline CounterFamily refused_records{"belfry_ingest_refused_total",
                                     "Records that were refused; of requests that could not be read, one a request.",
                                     {"receiver", "reason"}};

}  // namespace belfry::ingest
