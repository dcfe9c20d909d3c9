#pragma once

#include "base/counter.h"

namespace belfry::net {

inline Counter accepted_total("belfry_net_accepted_total", "TCP connections accepted.");
inline Gauge connections_open("belfry_net_connections", "TCP connections open now.");
inline Counter received_bytes_total("belfry_net_received_bytes_total", "Bytes read from TCP connections.");
inline Counter sent_bytes_total("belfry_net_sent_bytes_total", "Bytes written to TCP connections.");
inline Counter datagrams_total("belfry_net_datagrams_total", "UDP datagrams received.");
inline Counter datagram_bytes_total("belfry_net_datagram_bytes_total", "Bytes of UDP datagrams received.");
inline Counter datagrams_dropped_total("belfry_net_datagrams_dropped_total",
                                       "UDP datagrams that the kernel dropped because its buffer was full.");

}  // namespace belfry::net
