#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::notify {

struct NotifyConfig {
    // what is told
    int64_t ttl_ms = 14'400'000;                     // older transitions are not told any more, nor tried again
    std::vector<std::string> periods = {"0", "60"};  // seconds; what a method may ask for
    // how often it is tried
    int64_t timeout_ms = 5'000;          // of one attempt, from the resolver to the last byte
    int64_t retry_interval_ms = 30'000;  // between the first attempt and the second
    double retry_growth = 1;             // each further pause is this many times as long
    int64_t retry_interval_ms_max = 3'600'000;
    double retry_jitter = 0;  // a pause is longer by a random part of itself, up to this
    uint32_t attempts_max = 5;
    // how much at once
    uint32_t connections_per_host = 4;
    uint32_t workers_max = 256;          // of all hosts
    uint32_t queue_max = 10'000;         // deliveries of one host in memory; more wait in the store
    uint64_t outbox_max = 1'000'000;     // deliveries that wait in the store
    uint32_t repeats_max = 200'000;      // alarms that are told periodically, times their methods
    uint32_t hushed_max = 200'000;       // silenced alarms that are told later, times their methods
    uint32_t groups_max = 50'000;        // groups of alarms that routes have made
    uint32_t group_alarms_max = 10'000;  // alarms in one group
    // what is kept
    int64_t store_ms = 200;              // outcomes are stored together this often
    int64_t log_ms = 30LL * 86'400'000;  // age of the delivery log
    uint64_t log_rows_max = 1'000'000;
    // where it may go
    std::vector<std::string> allow_networks;  // when not empty: nowhere else
    std::vector<std::string> deny_networks;
    uint64_t answer_bytes_max = 256 << 10;  // of a receiver's answer
    // mail
    std::string smtp_server;                 // host:port; empty: methods of type EMAIL need one of their own
    std::string smtp_security = "starttls";  // starttls, tls, none
    std::string smtp_user;
    std::string smtp_password;
    std::string smtp_from = "belfry@localhost";
    std::string smtp_ca_file;
    std::string external_url;  // of links; empty: the main address
    // alerts of other programs
    int64_t resolve_timeout_ms = 300'000;  // an alert without an end is over this long after it was last sent
    uint32_t outside_alarms_max = 100'000;
};

}  // namespace belfry::notify
