#pragma once

#include "ingest/socket_intake_config.h"

#include <string>

namespace belfry::ingest::statsd {

struct StatsdConfig {
    std::string listen = "127.0.0.1:8125";  // UDP and TCP; "" is off
    std::string dialect = "mixed";  // "mixed": lines with dictionaries are Monasca's; "monasca": all are
    std::string hostname;           // added to Monasca's lines that have none; "auto" is this machine's name
    int64_t flush_ms = 10'000;
    int64_t expiry_ms = 300'000;  // as long as PromQL looks back: a series nobody feeds ends as one nobody scrapes
    uint64_t keys_max = 100'000;
    uint64_t set_members_max = 1'000'000;  // of all sets in one interval
    SocketLimits sockets;
};

}  // namespace belfry::ingest::statsd
