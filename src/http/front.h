#pragma once

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "http/body_budget.h"
#include "http/fwd.h"
#include "http/http_config.h"
#include "http/job.h"
#include "net/sniff.h"

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <vector>

namespace belfry::http {

class FrontConnection;

/// What the connections of a server share on their loop. Loop thread only, but for `jobs` and `budget`.
class Front {
  public:
    /// `connections_limit`: as configured, or fewer when there are not enough files.
    Front(const HttpConfig& limits, uint64_t connections_limit, Clock& time)
        : config(limits),
          connections_max(connections_limit),
          clock(time),
          budget(limits.in_flight_bytes_max),
          jobs(limits.queue_max) {}

    /// Where a connection stands, for what may be closed when connections run out: idle ones first, then those that are
    /// still sending a request; never one with a running request.
    enum class Standing { idle, receiving, busy };
    using Place = std::list<FrontConnection*>::iterator;
    [[nodiscard]] Place enter(FrontConnection* connection);
    void move(Place place, Standing from, Standing to);
    void leave(Place place, Standing from);
    [[nodiscard]] size_t connections() const { return idle_.size() + receiving_.size() + busy_.size(); }
    [[nodiscard]] size_t busy() const { return busy_.size(); }
    /// Makes room for one more connection; false when every connection is busy.
    [[nodiscard]] bool make_room();

    /// To the workers; false when their queue is full.
    [[nodiscard]] bool submit(std::unique_ptr<Job> job);
    /// A job came back: its memory is free again, so bodies that wait for it may go on.
    void job_done();
    /// Grows the lease of a body. When memory is short the connection is remembered and resumed later (`waits`); when
    /// nothing under way could free any, the connections that have been sending for longest give theirs up.
    enum class Room { granted, waits, refused };
    [[nodiscard]] Room room_for_body(FrontConnection* connection, BodyBudget::Lease* lease, uint64_t bytes);
    void budget_freed();

    /// Counts bytes handed to the kernel's socket that are not taken yet; false when there are too many already.
    [[nodiscard]] bool add_unsent(size_t bytes);
    /// The same for a part of an answer that has begun and can no longer be refused.
    void add_unsent_part(size_t bytes);
    void remove_unsent(size_t bytes);

    /// No new requests: idle connections are closed, answers say Connection: close.
    void drain();
    void close_all();
    /// Any thread.
    [[nodiscard]] bool draining() const { return draining_.load(std::memory_order_relaxed); }

    /// Who serves connections that begin with something that is not HTTP (a TLS handshake); null refuses them politely.
    using Takeover = std::function<std::unique_ptr<net::StreamHandler>(net::Connection&, net::FirstBytes)>;
    Takeover takeover;

    const HttpConfig& config;  // outlives this
    const uint64_t connections_max;
    Clock& clock;  // outlives this
    BodyBudget budget;
    BoundedQueue<std::unique_ptr<Job>> jobs;

  private:
    std::list<FrontConnection*>& list(Standing standing);
    void close_list(std::list<FrontConnection*>& connections);

    std::list<FrontConnection*> idle_;       // longest idle first
    std::list<FrontConnection*> receiving_;  // longest receiving first
    std::list<FrontConnection*> busy_;
    std::vector<std::weak_ptr<net::Connection>> waiting_for_budget_;
    size_t jobs_open_ = 0;  // waiting for a worker or running
    size_t unsent_bytes_ = 0;
    std::atomic<bool> draining_ = false;
};

}  // namespace belfry::http
