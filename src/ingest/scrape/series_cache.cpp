#include "ingest/scrape/series_cache.h"

namespace belfry::ingest::scrape {

void SeriesCache::begin() {
    round_++;
    last_ = NONE;
    seen_ = 0;
}

std::string_view SeriesCache::predicted() const {
    const uint32_t place = last_ == NONE ? first_ : texts_[last_].next;
    return place == NONE ? std::string_view() : texts_[place].text;
}

uint32_t SeriesCache::find(std::string_view text) {
    const uint32_t guess = last_ == NONE ? first_ : texts_[last_].next;
    uint32_t place = guess;
    if (guess == NONE || texts_[guess].text != text) {
        place = by_text_.find(hash64(text), [&](uint32_t p) { return texts_[p].text == text; });
        if (place == NONE) return NONE;
        if (last_ == NONE)
            first_ = place;
        else
            texts_[last_].next = place;
    }
    last_ = place;
    if (texts_[place].round != round_) seen_++;
    texts_[place].round = round_;
    return place;
}

std::string_view SeriesCache::keep(std::string_view text) {
    if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
        blocks_.emplace_back();
        // Small targets have small blocks; the capacity is fixed before anything views the bytes.
        blocks_.back().reserve(std::max(text.size(), blocks_.size() < 4 ? BLOCK_BYTES / 8 : BLOCK_BYTES));
    }
    std::string& block = blocks_.back();
    const size_t begin = block.size();
    block += text;
    return std::string_view(block).substr(begin);
}

uint32_t SeriesCache::add_text(std::string_view text, uint32_t series) {
    const auto place = static_cast<uint32_t>(texts_.size());
    texts_.push_back({.text = keep(text), .series = series, .round = round_, .next = NONE});
    by_text_.insert(hash64(text), place);
    if (last_ == NONE) {
        texts_[place].next = first_;
        first_ = place;
    } else {
        texts_[place].next = texts_[last_].next;
        texts_[last_].next = place;
    }
    last_ = place;
    seen_++;
    return place;
}

uint32_t SeriesCache::add(std::string_view text, const Hash128& labels) {
    uint32_t series = by_labels_.find(labels.low, [&](uint32_t p) { return series_[p].labels == labels; });
    if (series == NONE) {
        series = static_cast<uint32_t>(series_.size());
        series_.push_back({.labels = labels, .text = 0, .round = round_ - 1, .live = false, .before = false});
        by_labels_.insert(labels.low, series);
    }
    return add_text(text, series);
}

uint32_t SeriesCache::add_dropped(std::string_view text) {
    return add_text(text, NONE);
}

bool SeriesCache::see(uint32_t place, bool tracked) {
    Series& series = series_[texts_[place].series];
    if (series.round == round_) return false;
    series.round = round_;
    series.text = place;
    series.before = series.live;
    if (tracked != series.live) tracked ? live_++ : live_--;
    series.live = tracked;
    return true;
}

void SeriesCache::end(const std::function<void(std::string_view)>& ended) {
    for (Series& series : series_) {
        if (!series.live || series.round == round_) continue;
        series.live = false;
        live_--;
        ended(texts_[series.text].text);
    }
}

void SeriesCache::end_all(const std::function<void(std::string_view)>& ended) {
    for (Series& series : series_) {
        const bool alive = series.round == round_ ? series.before : series.live;
        series.live = false;
        if (alive) ended(texts_[series.text].text);
    }
    live_ = 0;
}

void SeriesCache::forget() {
    if (texts_.size() > 2 * seen_ + FORGET_MIN) rebuild();
}

// Only what was seen in this round stays, in the order in which it came.
void SeriesCache::rebuild() {
    SeriesCache fresh;
    fresh.round_ = round_;
    uint32_t place = first_;
    for (size_t steps = 0; place != NONE && steps < texts_.size(); steps++, place = texts_[place].next) {
        const Text& text = texts_[place];
        if (text.round != round_ || fresh.by_text_.find(hash64(text.text), [&](uint32_t p) {
                return fresh.texts_[p].text == text.text;
            }) != NONE)
            continue;
        if (text.series == NONE) {
            fresh.add_dropped(text.text);
            continue;
        }
        const Series& old = series_[text.series];
        const uint32_t kept = fresh.add(text.text, old.labels);
        Series& series = fresh.series_[fresh.texts_[kept].series];
        series.round = old.round;
        series.text = kept;
        if (old.live && !series.live) fresh.live_++;
        series.live = old.live;
    }
    *this = std::move(fresh);
}

}  // namespace belfry::ingest::scrape
