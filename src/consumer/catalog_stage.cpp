#include "consumer/catalog_stage.h"

namespace belfry::consumer {

Status CatalogStage::apply(const queue::Record& record, const void* /*decoded*/) {
    batch_.push_back({.offset = record.offset, .bytes = record.payload});
    return {};
}

Status CatalogStage::end_of_batch() {
    if (batch_.empty()) return {};
    Status done = catalog_.apply(batch_);
    batch_.clear();
    return done;
}

}  // namespace belfry::consumer
