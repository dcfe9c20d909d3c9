#pragma once

#include "ingest/socket_intake_config.h"

#include <string>

namespace belfry::ingest::graphite {

struct GraphiteConfig {
    std::string listen = "127.0.0.1:2003";         // lines, TCP and UDP; "" is off
    std::string pickle_listen = "127.0.0.1:2004";  // pickles, TCP; "" is off
    uint64_t pickle_bytes_max = 1UL << 20;         // one message
    SocketLimits sockets;
};

}  // namespace belfry::ingest::graphite
