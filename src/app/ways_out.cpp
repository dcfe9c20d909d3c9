#include "app/parts.h"

namespace belfry::app {

Status App::Parts::open_ways_out() {
    const model::Labels external = TRY(api::parse_external_labels(config.bulk.external_labels));
    bulk_api = std::make_unique<api::BulkApi>(
        *source, *admin, clock,
        api::BulkApi::Options{.limits = config.query, .config = config.bulk, .external_labels = external});
    bulk_api->add_routes(router);
    return {};
}

}  // namespace belfry::app
