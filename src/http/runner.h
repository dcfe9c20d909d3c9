#pragma once

#include "http/fwd.h"
#include "http/job.h"

#include <functional>
#include <memory>

namespace belfry::http {

/// Runs ready requests through cpp-httplib's own request machinery (its server class, fed from memory): request line,
/// keep-alive, the barrier for exceptions, the response's head. One per worker thread.
/// What it is not given are header fields and bodies: framing had to be known before a worker was, and one parser of
/// header fields (http/head.h) cannot disagree with itself; bodies move instead of being copied.
class Runner {
  public:
    using Answer = std::function<Response(Job&)>;
    /// `answer` makes the response of a job; what it throws becomes a 500.
    /// `closing` says whether connections are to end after their answer (a stop is under way).
    Runner(Answer answer, std::function<bool()> closing, int64_t idle_timeout_ms);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /// Framed for HTTP/1; a response for HTTP/2, whose frames the connection makes.
    [[nodiscard]] Reply run(Job& job);

  private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace belfry::http
