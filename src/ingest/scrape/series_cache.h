#pragma once

#include "base/hash.h"
#include "ingest/metric/dictionary_tables.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::scrape {

/// What a target showed before: texts of series, which of them relabelling drops, and which are alive, so that a series
/// that is missing can be marked as ended. A text that comes where it came last time is found without hashing. About
/// 150 bytes a series. One thread at a time.
class SeriesCache {
  public:
    static constexpr uint32_t NONE = FlatTable::NONE;

    void begin();
    /// The text that came behind the last one the time before; "" when unknown.
    [[nodiscard]] std::string_view predicted() const;
    /// The place of a text; NONE when it is new.
    [[nodiscard]] uint32_t find(std::string_view text);
    /// `labels`: hash of the final labels; two texts may come to the same labels. The text is copied.
    uint32_t add(std::string_view text, const Hash128& labels);
    uint32_t add_dropped(std::string_view text);

    [[nodiscard]] bool is_dropped(uint32_t place) const { return texts_[place].series == NONE; }
    /// The cache's own copy of the text; valid until `forget`.
    [[nodiscard]] std::string_view text(uint32_t place) const { return texts_[place].text; }
    /// Marks the series as seen; false when it was seen in this round before. `tracked`: it is to be marked when it
    /// ends.
    [[nodiscard]] bool see(uint32_t place, bool tracked);

    /// Gives the texts of series that were alive and were not seen; they are dead then. Forgets what has been away for
    /// long.
    void end(const std::function<void(std::string_view text)>& ended);
    /// As `end` of a round in which nothing was seen: gives all that were alive before it.
    void end_all(const std::function<void(std::string_view text)>& ended);
    /// Forgets what has been away for long; texts given before are no longer valid.
    void forget();

    [[nodiscard]] uint64_t series_count() const { return series_.size(); }
    [[nodiscard]] uint64_t live_count() const { return live_; }

  private:
    static constexpr size_t BLOCK_BYTES = 16 << 10;
    static constexpr size_t FORGET_MIN = 1'000;  // texts that were not seen before the tables are built anew

    struct Text {
        std::string_view text;
        uint32_t series = NONE;  // in series_; NONE: dropped
        uint32_t round = 0;      // seen last
        uint32_t next = NONE;    // what came behind it
    };
    struct Series {
        Hash128 labels;
        uint32_t text = 0;  // under which it was seen last
        uint32_t round = 0;
        bool live = false;
        bool before = false;  // live before the round in which it was seen last
    };

    uint32_t add_text(std::string_view text, uint32_t series);
    std::string_view keep(std::string_view text);
    void rebuild();

    std::vector<Text> texts_;
    std::vector<Series> series_;
    FlatTable by_text_;
    FlatTable by_labels_;
    std::deque<std::string> blocks_;  // texts never move
    uint32_t round_ = 0;
    uint32_t last_ = NONE;   // the text found last in this round
    uint32_t first_ = NONE;  // the first text of the round before
    uint64_t live_ = 0;
    size_t seen_ = 0;  // texts in this round
};

}  // namespace belfry::ingest::scrape
