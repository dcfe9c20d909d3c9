#include "http/front_connection.h"

namespace belfry::http {

FrontConnection::FrontConnection(net::Connection& connection, Front& front, std::shared_ptr<const Entrance> entrance)
    : connection_(connection), front_(front), entrance_(std::move(entrance)), place_(front.enter(this)) {}

FrontConnection::~FrontConnection() {
    leave_front();
}

void FrontConnection::stand(Front::Standing standing) {
    if (!in_front_ || standing == standing_) return;
    front_.move(place_, standing_, standing);
    standing_ = standing;
}

void FrontConnection::leave_front() {
    if (!in_front_) return;
    in_front_ = false;
    front_.leave(place_, standing_);
}

std::unique_ptr<Job> FrontConnection::make_job(RequestHead head, std::shared_ptr<std::atomic<bool>> disconnected) {
    auto job = std::make_unique<Job>();
    job->head = std::move(head);
    job->entrance = entrance_;
    job->peer_host = connection_.peer().host;
    job->peer_is_loopback = connection_.peer().is_loopback();
    job->disconnected = std::move(disconnected);
    job->ready_ns = front_.clock.monotonic_ns();
    job->connection = connection_.weak_from_this();
    return job;
}

}  // namespace belfry::http
