#include "http/server.h"

#include "base/log.h"
#include "http/dispatcher.h"
#include "http/front.h"
#include "http/http1_connection.h"
#include "http/message.h"
#include "http/runner.h"
#include "http/stats.h"
#include "net/listener.h"
#include "net/loop.h"

#include <future>

#include <pthread.h>
#include <sys/resource.h>

namespace belfry::http {
namespace {

constexpr uint64_t WORKERS_MIN = 4;
/// Files that are not connections: stores, segments, the log.
constexpr uint64_t FILES_RESERVED = 1024;
/// Fewer than this and a small fleet of agents is turned away.
constexpr uint64_t CONNECTIONS_EXPECTED = 1000;

/// Raises the soft limit of open files to the hard one; returns how many there may be.
uint64_t raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    if (limit.rlim_cur < limit.rlim_max) {
        rlimit wanted = limit;
        wanted.rlim_cur = limit.rlim_max;
        if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) limit = wanted;
    }
    return limit.rlim_cur;
}

}  // namespace

Server::Server(const Parts& parts) : parts_(parts) {}

Result<std::unique_ptr<Server>> Server::start(const Parts& parts) {
    std::unique_ptr<Server> out(new Server(parts));
    const uint64_t files = raise_file_limit();
    const uint64_t for_connections = files > 2 * FILES_RESERVED ? files - FILES_RESERVED : files / 2;
    const uint64_t connections_max = std::min(parts.config.connections_max, for_connections);
    if (connections_max < CONNECTIONS_EXPECTED)
        log_warn("http", "few connections: raise the limit of open files",
                 {{"connections_max", connections_max}, {"open_files", files}});
    out->loop_ = TRY(net::Loop::start("http-loop"));
    out->dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::Parts{parts.config, out->parts_.policy, parts.router,
                                                                      parts.authenticator, parts.files, parts.clock});
    out->front_ = std::make_unique<Front>(parts.config, connections_max, parts.clock);
    const uint64_t cores = std::max(1U, std::thread::hardware_concurrency());
    const uint64_t workers = parts.config.workers > 0 ? parts.config.workers : std::max(WORKERS_MIN, 2 * cores);
    for (uint64_t i = 0; i < workers; ++i)
        out->workers_.emplace_back([server = out.get()] { server->work(); });
    return out;
}

Server::~Server() {
    stop();
}

Result<std::shared_ptr<const Entrance>> Server::open(Entrance wanted) {
    if (parts_.policy.auth_off && !wanted.address.is_loopback())
        return make_error(Code::invalid,
                          "listen on {} with auth off: auth may be off only while every listener is on loopback",
                          wanted.address.to_string());
    auto entrance = std::make_shared<Entrance>(std::move(wanted));
    const auto accept = [this, entrance](const std::shared_ptr<net::Connection>& connection) {
        if (front_->draining() || !front_->make_room()) return connection->close();
        connection->set_handler(std::make_unique<Http1Connection>(*connection, *front_, entrance));
        connection->start_reading();
    };
    auto listener = TRY(net::TcpListener::open(*loop_, entrance->address, accept));
    entrance->address = listener->address();
    listeners_.push_back(std::move(listener));
    entrances_.push_back(entrance);
    return std::shared_ptr<const Entrance>(entrance);
}

/// One worker's life: a request at a time.
void Server::work() {
    ::pthread_setname_np(::pthread_self(), "http-worker");
    Runner runner([this](Job& job) { return dispatcher_->answer(job); }, [this] { return front_->draining(); },
                  parts_.config.idle_timeout_ms);
    while (auto next = front_->jobs.pop()) {
        std::unique_ptr<Job> job = *std::move(next);
        queue_depth.set(static_cast<double>(front_->jobs.depth()));
        queue_duration.observe_ns(parts_.clock.monotonic_ns() - job->ready_ns);
        // a stream that was reset while it waited needs no answer; HTTP/1 clients may close their side and still read
        const bool given_up = job->stream != 0 && job->disconnected && job->disconnected->load(std::memory_order_relaxed);
        auto reply = std::make_shared<Reply>(given_up ? Reply{}
                                             : job->more ? next_part(std::move(job->more), job->chunked)
                                                         : runner.run(*job));
        reply->stream = job->stream;
        request_duration.observe_ns(parts_.clock.monotonic_ns() - job->ready_ns);
        const std::weak_ptr<net::Connection> weak = std::move(job->connection);
        job.reset();  // its memory is free before the loop hears of it
        loop_->post([this, weak, reply] {
            front_->job_done();
            const auto connection = weak.lock();
            if (connection && !connection->closing())
                static_cast<FrontConnection*>(connection->handler())->reply(std::move(*reply));
        });
    }
}

void Server::stop() {
    if (stopped_) return;
    stopped_ = true;
    listeners_.clear();
    if (front_ == nullptr) return;
    std::promise<void> drained;
    // runs on the loop: looks every few milliseconds until nobody is busy or the time is up
    std::unique_ptr<net::Timer> timer;
    loop_->run([&] {
        front_->drain();
        const int64_t until_ms = loop_->now_ms() + parts_.config.drain_ms;
        const auto look = [this, &drained, &timer, until_ms] {
            if (front_->busy() > 0 && loop_->now_ms() < until_ms) return;
            front_->close_all();
            timer.reset();
            drained.set_value();
        };
        timer = std::make_unique<net::Timer>(*loop_, look);
        timer->every(5);
    });
    drained.get_future().wait();
    front_->jobs.close();
    for (std::thread& worker : workers_)
        worker.join();
    loop_.reset();
}

}  // namespace belfry::http
