#include "catalog/queue_change_log.h"

namespace belfry::catalog {

Result<uint64_t> QueueChangeLog::submit(std::string record) {
    const queue::Ticket ticket = TRY(queue_.append(queue::Topic::definitions, std::move(record)));
    return ticket.wait();
}

}  // namespace belfry::catalog
