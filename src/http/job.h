#pragma once

#include "http/body_budget.h"
#include "http/head.h"
#include "http/message.h"
#include "net/connection.h"

#include <atomic>
#include <memory>
#include <string>

namespace belfry::http {

/// A port by which HTTP comes in: the main one or an alias. Const while the server runs.
struct Entrance {
    std::string name;         // "main", "otlp", ... on the status page
    net::Address address;     // port 0 takes a free one
    std::string path_prefix;  // "/loki": paths are looked up below it first, then as they are
};

/// A request with its whole body, ready for a worker.
struct Job {
    RequestHead head;
    std::string body;
    BodyBudget::Lease lease;  // of the body's memory
    std::shared_ptr<const Entrance> entrance;
    std::string peer_host;
    bool peer_is_loopback = false;
    std::shared_ptr<std::atomic<bool>> disconnected;
    int64_t ready_ns = 0;                       // monotonic
    BodyParts more;                             // set: not a request, but the next part of an answer under way
    bool chunked = true;                        // of such an answer
    std::weak_ptr<net::Connection> connection;  // where the reply goes; locked on the loop only
    int32_t stream = 0;                         // of HTTP/2; 0 in HTTP/1
};

/// What a worker hands back.
struct Reply {
    net::Outgoing bytes = {};  // of HTTP/1, framed; of HTTP/2 the next part of a body
    bool close = false;        // of HTTP/1: the connection ends after it
    BodyParts more = {};       // null: this was all of it
    bool chunked = false;
    bool torn = false;       // the rest of an answer cannot be made
    int32_t stream = 0;      // of HTTP/2
    Response response = {};  // of HTTP/2, framed by the connection
};

/// The next part of an answer, framed. Runs on a worker; what `more` throws is a torn answer.
[[nodiscard]] Reply next_part(BodyParts more, bool chunked);
/// Puts a part of a chunked body, which is the last or not, into its frame.
void frame_chunk(net::Outgoing& part, bool last);

}  // namespace belfry::http
