#include "ingest/receiver_stats.h"

#include "ingest/stats.h"

namespace belfry::ingest {
namespace {

std::string cut(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string(text);
    size_t end = bytes_max;
    while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80)
        end--;  // not inside a character
    return std::string(text.substr(0, end)) + "…";
}

}  // namespace

ReceiverStats::ReceiverStats(Clock& clock, std::string id, std::string title, std::string listens_on)
    : clock_(clock),
      id_(std::move(id)),
      title_(std::move(title)),
      records_(received_records.at({id_})),
      bytes_(received_bytes.at({id_})),
      taken_requests_(received_requests.at({id_, "taken"})),
      listens_on_(std::move(listens_on)) {}

void ReceiverStats::set_listens_on(std::string listens_on) {
    const std::lock_guard lock(mutex_);
    listens_on_ = std::move(listens_on);
}

template <size_t N>
ReceiverStats::Slot& ReceiverStats::slot(std::array<Slot, N>& slots, int64_t at) {
    Slot& s = slots[static_cast<size_t>(at) % N];
    if (s.at != at) s = Slot{.at = at};
    return s;
}

void ReceiverStats::accepted(uint64_t records, uint64_t bytes, std::string_view sender) {
    records_.add(records);
    bytes_.add(bytes);
    taken_requests_.add();
    const int64_t now_ms = clock_.now_ms();
    const std::lock_guard lock(mutex_);
    records_total_ += records;
    bytes_total_ += bytes;
    last_ms_ = now_ms;
    for (Slot* s : {&slot(seconds_, now_ms / 1000), &slot(minutes_, now_ms / 60'000)}) {
        s->records += records;
        s->bytes += bytes;
    }
    std::string key(sender);
    if (const auto it = senders_.find(key); it != senders_.end()) {
        it->second = now_ms;
        return;
    }
    if (senders_.size() >= SENDERS_MAX)
        std::erase_if(senders_, [&](const auto& s) { return s.second < now_ms - SENDER_MS; });
    if (senders_.size() < SENDERS_MAX) senders_.emplace(std::move(key), now_ms);
}

void ReceiverStats::refused(std::string_view reason,
                            uint64_t records,
                            std::string_view message,
                            std::string_view sample) {
    const int64_t now_ms = clock_.now_ms();
    std::string name(reason);
    {
        const std::lock_guard lock(mutex_);
        if (refusals_.size() >= REASONS_MAX && !refusals_.contains(name)) name = "other";
        refused_total_ += records;
        slot(minutes_, now_ms / 60'000).refused += records;
        RefusalSnapshot& r = refusals_[name];
        r.reason = name;
        r.total += records;
        r.last_ms = now_ms;
        r.message = cut(message, MESSAGE_BYTES_MAX);
        r.sample = cut(sample, SAMPLE_BYTES_MAX);
    }
    refused_records.at({id_, name}).add(records);
    received_requests.at({id_, "refused"}).add();
}

ReceiverSnapshot ReceiverStats::snapshot() const {
    const int64_t now_ms = clock_.now_ms();
    const std::lock_guard lock(mutex_);
    ReceiverSnapshot out{.id = id_, .title = title_, .listens_on = listens_on_};
    out.records_total = records_total_;
    out.bytes_total = bytes_total_;
    out.refused_total = refused_total_;
    out.last_ms = last_ms_;
    const int64_t second = now_ms / 1000;
    uint64_t records = 0;
    uint64_t bytes = 0;
    for (const Slot& s : seconds_) {
        if (s.at >= second || s.at < second - static_cast<int64_t>(RATE_SECONDS)) continue;  // whole seconds only
        records += s.records;
        bytes += s.bytes;
    }
    out.records_per_s = static_cast<double>(records) / RATE_SECONDS;
    out.bytes_per_s = static_cast<double>(bytes) / RATE_SECONDS;
    for (const auto& [sender, seen_ms] : senders_)
        out.senders += seen_ms >= now_ms - SENDER_MS;
    const int64_t minute = now_ms / 60'000;
    for (int64_t m = minute - static_cast<int64_t>(HISTORY_MINUTES) + 1; m <= minute; m++) {
        const Slot& s = minutes_[static_cast<size_t>(m) % HISTORY_MINUTES];
        out.history.push_back(s.at == m ? s.records : 0);
        out.refused_last_hour += s.at == m ? s.refused : 0;
    }
    for (const auto& [reason, r] : refusals_)
        out.refusals.push_back(r);
    std::stable_sort(out.refusals.begin(), out.refusals.end(),
                     [](const auto& a, const auto& b) { return a.last_ms > b.last_ms; });
    return out;
}

ReceiverStats& Receivers::add(std::string id, std::string title, std::string listens_on) {
    const std::lock_guard lock(mutex_);
    return receivers_.emplace_back(clock_, std::move(id), std::move(title), std::move(listens_on));
}

std::vector<ReceiverSnapshot> Receivers::snapshot() const {
    const std::lock_guard lock(mutex_);
    std::vector<ReceiverSnapshot> out;
    out.reserve(receivers_.size());
    for (const ReceiverStats& r : receivers_)
        out.push_back(r.snapshot());
    return out;
}

}  // namespace belfry::ingest
