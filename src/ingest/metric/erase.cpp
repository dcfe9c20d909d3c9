#include "codec/metric_record.h"
#include "ingest/metric/dictionary_tables.h"
#include "ingest/metric/writer.h"

namespace belfry::ingest {

Result<uint64_t> MetricWriter::erase(std::string_view tenant, const model::Matchers& matchers, model::TimeRange range) {
    if (matchers.empty()) return make_error(Code::invalid, "say which series to erase");
    if (range.from_ms >= range.to_ms) return make_error(Code::invalid, "the range of what to erase is empty");
    auto record = std::make_shared<model::MetricBatch>();
    record->deletions.push_back({.tenant = std::string(tenant), .matchers = matchers, .range = range});
    queue::Append append;
    append.topic = static_cast<uint32_t>(queue::Topic::metrics);
    codec::encode_metric_record(*record, append.payload);
    append.decoded = record;
    append.decoded_bytes = record->memory_bytes();
    queue::Ticket ticket;
    {
        // The store forgets erased series, so they must be logged again before they are used. Which ones only the store
        // knows: all are logged once more. Under the lock, because series enter the log in its order.
        const std::unique_lock lock(dictionary_.mutex_);
        ticket = TRY(queue_.append(std::move(append)));
        if (range == model::ALL_TIMES) {
            for (Dictionary::Tables::Series& series : dictionary_.tables_->series)
                series.logged_day = Dictionary::Tables::NEVER;
            dictionary_.tables_->metadata.clear();  // the store forgets that of names without series
        }
    }
    return ticket.wait();
}

}  // namespace belfry::ingest
