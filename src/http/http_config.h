#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::http {

/// Limits of the front door. Each has a counter or a status that shows it at work.
struct HttpConfig {
    uint64_t workers = 0;                 // threads that run requests; 0 = twice the cores, at least 4
    uint64_t queue_max = 1024;            // ready requests that wait for a worker; more get 503
    uint64_t connections_max = 20'000;    // open, within the limit of open files; beyond it the longest idle one goes
    uint64_t head_bytes_max = 64 * 1024;  // request line and headers; more get 431
    uint64_t body_bytes_max = 16 * 1024 * 1024;        // as sent; more get 413
    uint64_t decoded_bytes_max = 64 * 1024 * 1024;     // after Content-Encoding is undone; more get 413
    uint64_t decoded_ratio_max = 100;                  // decoded / sent, of bodies over 1 MiB decoded; more get 413
    uint64_t in_flight_bytes_max = 256 * 1024 * 1024;  // request bodies in memory; beyond it reading pauses
    uint64_t unsent_bytes_max = 256 * 1024 * 1024;     // answers that slow readers have not taken; beyond it 503
    int64_t header_timeout_ms = 10'000;                // from a request's first byte to the end of its headers
    int64_t body_timeout_ms = 10'000;                  // in each such span at least BODY_WINDOW_BYTES must arrive
    int64_t body_total_ms = 300'000;                   // whole body
    int64_t write_timeout_ms = 30'000;                 // a reader that takes nothing for so long is cut off
    int64_t idle_timeout_ms = 180'000;                 // between two requests of a connection
    int64_t drain_ms = 10'000;                         // what a stop waits for running requests
    uint64_t streams_max = 128;                        // requests under way of one HTTP/2 connection; more are refused
    uint64_t stream_resets_max = 1'000;                // a minute of one HTTP/2 connection; more end it
    uint64_t control_frames_max = 3'000;               // a minute: PING, SETTINGS, PRIORITY, empty DATA; more end it
    std::vector<std::string> hosts;                    // Host names served beside loopback and addresses

    static constexpr uint64_t BODY_WINDOW_BYTES = 8 * 1024;  // a modem of 1990 sends this in 10 s
};

}  // namespace belfry::http
