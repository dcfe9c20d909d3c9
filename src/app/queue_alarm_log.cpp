#include "app/queue_alarm_log.h"

#include "codec/transition_record.h"

#include <thread>

namespace belfry::app {
namespace {

constexpr uint64_t RECORD_BYTES = 1ULL << 20;  // well below what a block of the log takes
constexpr int REST_TRIES = 500;                // a log that is full by itself moves on within seconds
constexpr int64_t REST_PAUSE_MS = 20;
constexpr uint64_t EVENT_BYTES = 512;  // names of members, ids, times
constexpr uint64_t PAIR_BYTES = 64;

uint64_t bytes_of(const model::Dimensions& pairs) {
    uint64_t bytes = 0;
    for (const auto& [name, value] : pairs)
        bytes += PAIR_BYTES + name.size() + value.size();
    return bytes;
}

uint64_t bytes_of(const model::AlarmEvent& event) {
    const model::Alarm& a = event.alarm;
    uint64_t bytes = EVENT_BYTES + event.sub_alarms.size() + a.name.size() + a.description.size() + a.reason.size() +
                     a.link.size() + bytes_of(a.labels) + bytes_of(a.annotations);
    for (const model::AlarmMetric& metric : a.metrics)
        bytes += PAIR_BYTES + metric.name.size() + bytes_of(metric.dimensions);
    return bytes;
}

}  // namespace

uint64_t alarm_batch_bytes(const model::AlarmBatch& batch) {
    uint64_t bytes = 0;
    for (const model::AlarmEvent& event : batch.events)
        bytes += bytes_of(event);
    return bytes;
}

std::vector<model::AlarmBatch> cut_alarm_batch(model::AlarmBatch batch, uint64_t bytes) {
    std::vector<model::AlarmBatch> out(1);
    uint64_t filled = 0;
    for (model::AlarmEvent& event : batch.events) {
        const uint64_t size = bytes_of(event);
        if (filled > 0 && filled + size > bytes) {
            out.emplace_back();
            filled = 0;
        }
        filled += size;
        out.back().events.push_back(std::move(event));
    }
    for (model::AlarmBatch& part : out)
        part.origin = batch.origin;
    out.back().covered = batch.covered;
    return out;
}

Result<uint64_t> QueueAlarmLog::submit(model::AlarmBatch batch) {
    std::vector<queue::Ticket> tickets;
    for (model::AlarmBatch& part : cut_alarm_batch(std::move(batch), RECORD_BYTES)) {
        queue::Append record;
        record.topic = static_cast<uint32_t>(queue::Topic::transitions);
        record.payload = codec::encode_transitions(part);
        record.decoded_bytes = alarm_batch_bytes(part);
        record.decoded = std::make_shared<const model::AlarmBatch>(std::move(part));
        Result<queue::Ticket> ticket = queue_.append(record);
        // the first part decides; of what is begun the rest follows
        for (int i = 0; !ticket.ok() && ticket.error().code == Code::exhausted && !tickets.empty() && i < REST_TRIES;
             ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(REST_PAUSE_MS));
            ticket = queue_.append(record);
        }
        tickets.push_back(TRY(std::move(ticket)));
    }
    uint64_t offset = 0;
    for (const queue::Ticket& ticket : tickets)
        offset = TRY(ticket.wait());
    return offset;
}

}  // namespace belfry::app
