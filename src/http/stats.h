#pragma once

#include "base/counter.h"

namespace belfry::http {

inline Gauge connections_parked("belfry_http_connections_parked", "Idle keep-alive connections that wait in the loop.");
inline CounterFamily connections_refused_total("belfry_http_connections_refused_total",
                                               "Connections closed without an answer to a request, by reason.",
                                               {"reason"});
inline Counter http2_connections_total("belfry_http_http2_connections_total", "Connections that speak HTTP/2.");
inline CounterFamily grpc_requests_total("belfry_http_grpc_requests_total",
                                         "gRPC calls answered, by method and code.",
                                         {"method", "code"});
inline CounterFamily requests_total("belfry_http_requests_total",
                                    "Requests answered, by route and status.",
                                    {"route", "status"});
inline Timing request_duration("belfry_http_request_duration_seconds",
                               "From a whole request to its answer, waiting for a worker included.");
inline Timing queue_duration("belfry_http_queue_duration_seconds", "What ready requests waited for a worker.");
inline Counter request_body_bytes_total("belfry_http_request_body_bytes_total", "Request body bytes as sent.");
inline Counter response_bytes_total("belfry_http_response_bytes_total", "Response bytes, heads included.");
inline Counter torn_answers_total("belfry_http_torn_answers_total",
                                  "Long answers that were cut off because their rest could not be made.");
inline CounterFamily timeouts_total("belfry_http_timeouts_total",
                                    "Connections cut off because the client was too slow, by what it was at.",
                                    {"kind"});
inline CounterFamily refused_total("belfry_http_refused_total",
                                   "Requests refused before any route saw them, by reason.",
                                   {"reason"});
inline Gauge in_flight_body_bytes("belfry_http_in_flight_body_bytes",
                                  "Request bodies in memory: being received, waiting or running.");
inline Gauge unsent_bytes("belfry_http_unsent_bytes", "Answers that their readers have not taken yet.");
inline Gauge queue_depth("belfry_http_queue_depth", "Ready requests that wait for a worker.");

}  // namespace belfry::http
