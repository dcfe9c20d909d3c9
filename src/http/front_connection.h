#pragma once

#include "http/front.h"
#include "http/job.h"
#include "net/connection.h"

#include <memory>

namespace belfry::http {

/// A connection as the front sees it, whichever version of HTTP it speaks. Loop thread only.
class FrontConnection : public net::StreamHandler {
  public:
    FrontConnection(net::Connection& connection, Front& front, std::shared_ptr<const Entrance> entrance);
    ~FrontConnection() override;
    FrontConnection(const FrontConnection&) = delete;
    FrontConnection& operator=(const FrontConnection&) = delete;

    /// The workers' answer to one of its requests, or the next part of it.
    virtual void reply(Reply reply) = 0;
    /// Memory for a body may have become free.
    virtual void resume_body() = 0;
    /// Closes now, for another connection's sake or at the end. Leaves the front's lists at once.
    virtual void evict() = 0;
    /// Held for bodies that are still being received.
    [[nodiscard]] virtual uint64_t body_bytes() const = 0;

    [[nodiscard]] std::weak_ptr<net::Connection> weak() { return connection_.weak_from_this(); }

  protected:
    void stand(Front::Standing standing);
    void leave_front();
    /// A job with what this connection knows of its sender; body, lease and head are the caller's.
    [[nodiscard]] std::unique_ptr<Job> make_job(RequestHead head, std::shared_ptr<std::atomic<bool>> disconnected);

    net::Connection& connection_;  // owns this
    Front& front_;                 // outlives this
    std::shared_ptr<const Entrance> entrance_;

  private:
    Front::Place place_;
    Front::Standing standing_ = Front::Standing::receiving;
    bool in_front_ = true;
};

}  // namespace belfry::http
