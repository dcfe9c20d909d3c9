#include "consumer/metric_stage.h"

#include "codec/metric_record.h"

namespace belfry::consumer {

Status MetricStage::apply(const queue::Record& record, const void* decoded) {
    INVARIANT(decoded != nullptr, "records of topic metrics come decoded");
    return store_.apply(*static_cast<const model::MetricBatch*>(decoded), record.offset);
}

Result<std::shared_ptr<const void>> MetricStage::decode(std::string_view payload) {
    auto batch = std::make_shared<model::MetricBatch>();
    TRY(codec::decode_metric_record(payload, *batch));
    return std::shared_ptr<const void>(std::move(batch));
}

}  // namespace belfry::consumer
