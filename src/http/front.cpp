#include "http/front.h"

#include "base/result.h"
#include "http/front_connection.h"
#include "http/stats.h"

namespace belfry::http {

std::list<FrontConnection*>& Front::list(Standing standing) {
    if (standing == Standing::idle) return idle_;
    return standing == Standing::receiving ? receiving_ : busy_;
}

Front::Place Front::enter(FrontConnection* connection) {
    return receiving_.insert(receiving_.end(), connection);
}

void Front::move(Place place, Standing from, Standing to) {
    list(to).splice(list(to).end(), list(from), place);
    connections_parked.set(static_cast<double>(idle_.size()));
}

void Front::leave(Place place, Standing from) {
    list(from).erase(place);
    connections_parked.set(static_cast<double>(idle_.size()));
}

bool Front::make_room() {
    if (connections() < connections_max) return true;
    auto& victims = idle_.empty() ? receiving_ : idle_;
    connections_refused_total.at({victims.empty() ? "all_busy" : "evicted"}).add();
    if (victims.empty()) return false;
    victims.front()->evict();
    return true;
}

bool Front::submit(std::unique_ptr<Job> job) {
    if (!jobs.try_push(std::move(job))) return false;
    ++jobs_open_;
    return true;
}

void Front::job_done() {
    INVARIANT(jobs_open_ > 0, "a job that comes back was submitted");
    --jobs_open_;
    budget_freed();
}

Front::Room Front::room_for_body(FrontConnection* connection, BodyBudget::Lease* lease, uint64_t bytes) {
    while (!lease->grow_to(bytes)) {
        if (jobs_open_ > 0) {
            waiting_for_budget_.push_back(connection->weak());
            return Room::waits;
        }
        const auto oldest =
            std::find_if(receiving_.begin(), receiving_.end(), [](const auto* c) { return c->body_bytes() > 0; });
        if (oldest == receiving_.end() || *oldest == connection) return Room::refused;
        connections_refused_total.at({"body_memory"}).add();
        (*oldest)->evict();
    }
    in_flight_body_bytes.set(static_cast<double>(budget.used_bytes()));
    return Room::granted;
}

void Front::budget_freed() {
    in_flight_body_bytes.set(static_cast<double>(budget.used_bytes()));
    std::vector<std::weak_ptr<net::Connection>> waiting;
    waiting.swap(waiting_for_budget_);  // those that still find no room enter again, in order
    for (const auto& weak : waiting) {
        const auto connection = weak.lock();
        if (connection && !connection->closing()) static_cast<FrontConnection*>(connection->handler())->resume_body();
    }
}

bool Front::add_unsent(size_t bytes) {
    // one answer may be larger than the limit; a second one waits until there is room
    if (unsent_bytes_ > 0 && unsent_bytes_ + bytes > config.unsent_bytes_max) return false;
    add_unsent_part(bytes);
    return true;
}

void Front::add_unsent_part(size_t bytes) {
    unsent_bytes_ += bytes;
    unsent_bytes.set(static_cast<double>(unsent_bytes_));
}

void Front::remove_unsent(size_t bytes) {
    INVARIANT(unsent_bytes_ >= bytes, "unsent bytes were added before");
    unsent_bytes_ -= bytes;
    unsent_bytes.set(static_cast<double>(unsent_bytes_));
}

void Front::close_list(std::list<FrontConnection*>& connections) {
    while (!connections.empty())
        connections.front()->evict();
}

void Front::drain() {
    draining_ = true;
    close_list(idle_);
}

void Front::close_all() {
    close_list(idle_);
    close_list(receiving_);
    close_list(busy_);
}

}  // namespace belfry::http
