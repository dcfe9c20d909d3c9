#include "app/parts.h"

namespace belfry::app {

// Before the log's retention starts: it must know who still needs what.
Status App::Parts::open_forwarder() {
    forwarder = TRY(forward::Forwarder::open(
        {.queue = *queue,
         .files = real_file_system(),
         .clock = clock,
         .dir = data.path() + "/forward",
         .config = config.forward,
         .external_labels = TRY(api::parse_external_labels(config.bulk.external_labels)),
         .names = {.labels_of = [this](auto ids, const auto& visit) { metrics->head_labels(ids, visit); },
                   .wait_applied = [this](uint64_t offset) {
                       (void)metric_consumer->wait_applied(offset, READ_YOUR_WRITE_MS);
                   }}}));
    return {};
}

Status App::Parts::open_ways_out() {
    const model::Labels external = TRY(api::parse_external_labels(config.bulk.external_labels));
    bulk_api = std::make_unique<api::BulkApi>(
        *source, *admin, clock,
        api::BulkApi::Options{.limits = config.query, .config = config.bulk, .external_labels = external});
    bulk_api->add_routes(router);
    return {};
}

}  // namespace belfry::app
