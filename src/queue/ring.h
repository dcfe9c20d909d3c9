#pragma once

#include "queue/queue.h"

#include <deque>

namespace belfry::queue {

/// The newest records of all topics within one budget of bytes. Not synchronised: the queue's mutex guards it.
class Ring {
  public:
    explicit Ring(uint64_t bytes_max) : bytes_max_(bytes_max) {}

    void push(RecordPtr record) {
        if (record->topic >= topics_.size()) topics_.resize(record->topic + 1);
        bytes_ += size_of(*record);
        order_.push_back(record->topic);
        topics_[record->topic].records.push_back(std::move(record));
        while (bytes_ > bytes_max_ && order_.size() > 1) evict_oldest();
    }

    /// Records of a topic below `offset` have no reader any more.
    void drop_below(uint32_t topic, uint64_t offset) {
        if (topic >= topics_.size()) return;
        PerTopic& t = topics_[topic];
        while (!t.records.empty() && t.records.front()->next_offset() <= offset) {
            bytes_ -= size_of(*t.records.front());
            t.records.pop_front();
            ++t.dropped_early;
        }
        // The order of eviction keeps a place for each dropped record: clear those at its front.
        while (!order_.empty() && topics_[order_.front()].dropped_early > 0) {
            --topics_[order_.front()].dropped_early;
            order_.pop_front();
        }
    }

    /// Records from `offset` on; false when the ring does not reach back that far.
    bool read(uint32_t topic, uint64_t offset, uint64_t limit_bytes, std::vector<RecordPtr>& out) const {
        if (topic >= topics_.size()) return false;
        const auto& records = topics_[topic].records;
        if (records.empty() || records.front()->offset > offset) return false;
        auto at = std::upper_bound(records.begin(), records.end(), offset,
                                   [](uint64_t o, const RecordPtr& r) { return o < r->next_offset(); });
        uint64_t bytes = 0;
        for (; at != records.end() && (bytes == 0 || bytes + (*at)->payload.size() <= limit_bytes); ++at) {
            bytes += (*at)->payload.size() + 1;
            out.push_back(*at);
        }
        return !out.empty();
    }

    /// Time of the record at or behind `offset`, when it is here.
    [[nodiscard]] std::optional<int64_t> time_at(uint32_t topic, uint64_t offset) const {
        if (topic >= topics_.size()) return std::nullopt;
        const auto& records = topics_[topic].records;
        auto at = std::upper_bound(records.begin(), records.end(), offset,
                                   [](uint64_t o, const RecordPtr& r) { return o < r->next_offset(); });
        if (at == records.end()) return std::nullopt;
        return (*at)->time_ms;
    }

    [[nodiscard]] uint64_t bytes() const { return bytes_; }

  private:
    struct PerTopic {
        std::deque<RecordPtr> records;
        uint64_t dropped_early = 0;
    };
    static uint64_t size_of(const Record& r) { return r.payload.size() + r.decoded_bytes + sizeof(Record); }
    void evict_oldest() {
        PerTopic& t = topics_[order_.front()];
        order_.pop_front();
        if (t.dropped_early > 0) {
            --t.dropped_early;
            return;
        }
        bytes_ -= size_of(*t.records.front());
        t.records.pop_front();
    }

    const uint64_t bytes_max_;
    uint64_t bytes_ = 0;
    std::vector<PerTopic> topics_;
    std::deque<uint32_t> order_;  // topics of the records in the order in which they came
};

}  // namespace belfry::queue
