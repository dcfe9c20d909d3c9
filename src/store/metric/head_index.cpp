#include "store/metric/head_index.h"

#include "base/bytes.h"

namespace belfry::store {
namespace {

constexpr size_t SORT_BY_RANK_MIN = 400;  // smaller results are sorted by comparing labels

uint64_t hash_of(std::string_view name, std::string_view value) { return hash64(value, hash64(name)); }

template <typename HashOf>
void rehash(std::vector<uint32_t>& cells, size_t size, const std::vector<uint32_t>& old, const HashOf& hash_of_number) {
    cells.assign(size, 0);
    const size_t mask = size - 1;
    for (const uint32_t cell : old) {
        if (cell == 0) continue;
        size_t at = hash_of_number(cell - 1) & mask;
        while (cells[at] != 0) at = (at + 1) & mask;
        cells[at] = cell;
    }
}

// Takes the cell out and moves later ones of its run up, so that no tombstones are needed (Knuth, vol. 3, 6.4, algorithm R).
template <typename HashOf>
void erase_cell(std::vector<uint32_t>& cells, size_t at, const HashOf& hash_of_number) {
    const size_t mask = cells.size() - 1;
    size_t hole = at;
    for (size_t i = (at + 1) & mask; cells[i] != 0; i = (i + 1) & mask) {
        const size_t home = hash_of_number(cells[i] - 1) & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            cells[hole] = cells[i];
            hole = i;
        }
    }
    cells[hole] = 0;
}

}  // namespace

HeadIndex::HeadIndex() {
    slot_table_.cells.assign(1024, 0);
    pair_table_.cells.assign(1024, 0);
}

// ---------------------------------------------------------------- series

Slot HeadIndex::add(model::HeadId id, model::LabelsView labels, int32_t logged_day) {
    const Hash128 hash = labels.hash();
    Slot slot = find(hash, labels);
    if (slot == NO_SLOT) {
        INVARIANT(next_slot_ < NO_SLOT, "fewer than 2^32 series were ever created here");
        slot = next_slot_;
        insert(slot, hash, id, labels, logged_day);
    }
    Entry& e = entries_.at(slot);
    if (logged_day >= e.logged_day) {
        e.logged_day = logged_day;
        e.id = id;
    }
    bind(id, slot);
    return slot;
}

bool HeadIndex::restore(Slot slot, model::HeadId id, model::LabelsView labels, int32_t logged_day) {
    if (slot == NO_SLOT) return false;
    if (contains(slot)) {
        if (!same_labels(slot, labels)) return false;
        Entry& e = entries_.at(slot);
        e.logged_day = logged_day;
        e.id = id;
    } else {
        const Hash128 hash = labels.hash();
        if (find(hash, labels) != NO_SLOT) return false;
        insert(slot, hash, id, labels, logged_day);
    }
    bind(id, slot);
    return true;
}

void HeadIndex::insert(Slot slot, const Hash128& hash, model::HeadId id, model::LabelsView labels, int32_t logged_day) {
    std::vector<Pair> pairs;
    for (const model::Label& label : labels) pairs.push_back(intern(label.name, label.value));
    Entry& e = entries_.at(slot);
    e.hash = hash;
    e.id = id;
    e.logged_day = logged_day;
    e.pair_count = narrow<uint16_t>(pairs.size());
    e.pairs = std::make_unique<Pair[]>(std::max<size_t>(1, pairs.size()));
    std::copy(pairs.begin(), pairs.end(), e.pairs.get());
    for (const Pair pair : pairs) {
        Ids& slots = pairs_.at(pair).slots;
        if (slots.empty() || slots.back() < slot) slots.push_back(slot);
        else slots.insert(std::lower_bound(slots.begin(), slots.end(), slot), slot);  // only while restoring
    }
    posting_count_ += pairs.size();
    next_slot_ = std::max(next_slot_, slot + 1);
    series_count_++;
    version_++;
    if ((slot_table_.used + 1) * 10 > slot_table_.cells.size() * 7) grow_slot_table();
    const size_t mask = slot_table_.cells.size() - 1;
    size_t at = hash.low & mask;
    while (slot_table_.cells[at] != 0) at = (at + 1) & mask;
    slot_table_.cells[at] = slot + 1;
    slot_table_.used++;
}

void HeadIndex::bind(model::HeadId id, Slot slot) {
    IdPage& page = ids_[id / ID_PAGE];
    if (!page.slots) {
        page.slots = std::make_unique<Slot[]>(ID_PAGE);
        std::fill_n(page.slots.get(), ID_PAGE, NO_SLOT);
    }
    Slot& cell = page.slots[id % ID_PAGE];
    if (cell == NO_SLOT) page.used++;
    cell = slot;
    if (id != std::numeric_limits<model::HeadId>::max()) next_head_id_ = std::max(next_head_id_, id + 1);
}

Slot HeadIndex::slot_of(model::HeadId id) const {
    const uint64_t page = id / ID_PAGE;
    if (page != last_page_ || last_page_slots_ == nullptr) {
        const auto it = ids_.find(page);
        if (it == ids_.end()) return NO_SLOT;
        last_page_ = page;
        last_page_slots_ = it->second.slots.get();
    }
    return last_page_slots_[id % ID_PAGE];
}

void HeadIndex::remove(std::span<const Slot> slots) {
    if (slots.empty()) return;
    std::vector<bool> gone(slots.back() + 1);
    for (const Slot s : slots) gone[s] = true;
    const auto is_gone = [&](Slot s) { return s < gone.size() && gone[s]; };

    std::unordered_set<Pair> touched;
    const auto slot_hash = [&](uint32_t s) { return static_cast<size_t>(entry(s).hash.low); };
    for (const Slot s : slots) {
        Entry& e = entries_.at(s);
        for (size_t i = 0; i < e.pair_count; i++) touched.insert(e.pairs[i]);
        posting_count_ -= e.pair_count;
        const size_t mask = slot_table_.cells.size() - 1;
        size_t at = e.hash.low & mask;
        while (slot_table_.cells[at] != s + 1) at = (at + 1) & mask;
        erase_cell(slot_table_.cells, at, slot_hash);
        slot_table_.used--;
    }
    const auto hash_of_pair = [&](uint32_t p) { return static_cast<size_t>(pair_hash(p)); };
    for (const Pair pair : touched) {
        PairEntry& p = pairs_.at(pair);
        std::erase_if(p.slots, is_gone);
        if (!p.slots.empty()) {
            if (p.slots.size() * 2 < p.slots.capacity()) p.slots.shrink_to_fit();
            continue;
        }
        const size_t mask = pair_table_.cells.size() - 1;
        size_t at = pair_hash(pair) & mask;
        while (pair_table_.cells[at] != pair + 1) at = (at + 1) & mask;
        erase_cell(pair_table_.cells, at, hash_of_pair);
        pair_table_.used--;
        std::erase(names_[p.name]->pairs, pair);
        pair_text_bytes_ -= p.label.capacity();
        p = PairEntry();
        free_pairs_.push_back(pair);
        pair_count_--;
    }
    // names without values stay: there are few, and their numbers are used
    for (const Slot s : slots) {
        Entry& e = entries_.at(s);
        e.pairs.reset();
        e.pair_count = 0;
    }
    for (auto it = ids_.begin(); it != ids_.end();) {
        IdPage& page = it->second;
        for (size_t i = 0; i < ID_PAGE; i++) {
            if (page.slots[i] != NO_SLOT && is_gone(page.slots[i])) {
                page.slots[i] = NO_SLOT;
                page.used--;
            }
        }
        it = page.used == 0 ? ids_.erase(it) : std::next(it);
    }
    last_page_slots_ = nullptr;
    // a page of entries without series can go
    const size_t page = PagedArray<Entry, 256>::page_elements();
    for (size_t begin = 0; begin + page <= next_slot_; begin += page) {
        if (entries_.find(begin) == nullptr) continue;
        bool empty = true;
        for (size_t i = 0; i < page && empty; i++) empty = !contains(static_cast<Slot>(begin + i));
        if (empty) entries_.free_page_of(begin);
    }
    series_count_ -= slots.size();
    version_++;
}

bool HeadIndex::contains(Slot slot) const {
    const Entry* e = entries_.find(slot);
    return e != nullptr && e->pairs != nullptr;
}

Slot HeadIndex::find(const Hash128& hash, model::LabelsView labels) const {
    const size_t mask = slot_table_.cells.size() - 1;
    for (size_t at = hash.low & mask; slot_table_.cells[at] != 0; at = (at + 1) & mask) {
        const Slot slot = slot_table_.cells[at] - 1;
        if (entry(slot).hash == hash && same_labels(slot, labels)) return slot;
    }
    return NO_SLOT;
}

bool HeadIndex::same_labels(Slot slot, model::LabelsView labels) const {
    const Entry& e = entry(slot);
    size_t i = 0;
    for (const model::Label& label : labels) {
        if (i == e.pair_count) return false;
        const PairEntry& p = *pairs_.find(e.pairs[i++]);
        if (p.value() != label.value || names_[p.name]->name != label.name) return false;
    }
    return i == e.pair_count;
}

void HeadIndex::append_labels(Slot slot, bool with_tenant, std::string& out) const {
    const Entry& e = entry(slot);
    for (size_t i = 0; i < e.pair_count; i++) {
        const std::string& label = pairs_.find(e.pairs[i])->label;
        if (!with_tenant && label[0] == '\0') continue;  // the tenant's label has an empty name
        out.append(label);
    }
}

std::shared_ptr<const Arena> HeadIndex::share_labels(std::span<const Slot> slots, std::vector<model::LabelsView>& out) const {
    out.clear();
    out.reserve(slots.size());
    std::string bytes;
    const std::lock_guard lock(shared_labels_mutex_);
    for (const Slot slot : slots) {
        std::string_view& text = shared_labels_.texts.at(slot);
        if (text.data() == nullptr) {
            bytes.clear();
            append_labels(slot, false, bytes);
            text = shared_labels_.arena->copy(bytes);
        }
        out.emplace_back(text);
    }
    return shared_labels_.arena;
}

void HeadIndex::drop_shared_labels() {
    const std::lock_guard lock(shared_labels_mutex_);
    shared_labels_ = SharedLabels();
}

std::string_view HeadIndex::value(Slot slot, std::string_view name) const {
    const Entry& e = entry(slot);
    for (size_t i = 0; i < e.pair_count; i++) {
        const PairEntry& p = *pairs_.find(e.pairs[i]);
        if (names_[p.name]->name == name) return p.value();
    }
    return {};
}

void HeadIndex::for_each(const std::function<void(Slot)>& visit) const {
    for (Slot slot = 0; slot < next_slot_; slot++) {
        if (contains(slot)) visit(slot);
    }
}

// ---------------------------------------------------------------- order

bool HeadIndex::less(Slot a, Slot b) const {
    const Entry& x = entry(a);
    const Entry& y = entry(b);
    const size_t common = std::min(x.pair_count, y.pair_count);
    for (size_t i = 0; i < common; i++) {
        if (x.pairs[i] == y.pairs[i]) continue;
        const PairEntry& p = *pairs_.find(x.pairs[i]);
        const PairEntry& q = *pairs_.find(y.pairs[i]);
        if (p.name != q.name) return names_[p.name]->name < names_[q.name]->name;
        return p.value() < q.value();
    }
    return x.pair_count < y.pair_count;
}

std::shared_ptr<const HeadIndex::Order> HeadIndex::order() const {
    const std::lock_guard lock(order_mutex_);
    if (order_ && order_->version == version_) return order_;
    auto next = std::make_shared<Order>();
    next->version = version_;
    const auto by_labels = [this](Slot a, Slot b) { return less(a, b); };
    // the old order, less what was removed, merged with what is new
    Slot from = 0;
    if (order_) {
        for (const Slot s : order_->sorted) {
            if (contains(s)) next->sorted.push_back(s);
            from = std::max(from, s + 1);
        }
    }
    const auto middle = static_cast<ptrdiff_t>(next->sorted.size());
    for (Slot s = from; s < next_slot_; s++) {
        if (contains(s)) next->sorted.push_back(s);
    }
    std::sort(next->sorted.begin() + middle, next->sorted.end(), by_labels);
    std::inplace_merge(next->sorted.begin(), next->sorted.begin() + middle, next->sorted.end(), by_labels);
    next->rank.assign(next_slot_, 0);
    for (size_t i = 0; i < next->sorted.size(); i++) next->rank[next->sorted[i]] = static_cast<uint32_t>(i);
    order_ = next;
    return next;
}

void HeadIndex::sort_by_labels(std::vector<Slot>& slots) const {
    if (slots.size() < SORT_BY_RANK_MIN) {
        std::sort(slots.begin(), slots.end(), [this](Slot a, Slot b) { return less(a, b); });
        return;
    }
    const auto by = order();
    std::vector<uint32_t> ranks(slots.size());
    for (size_t i = 0; i < slots.size(); i++) ranks[i] = by->rank[slots[i]];
    if (slots.size() * 8 > by->sorted.size()) {
        std::vector<bool> chosen(by->sorted.size());
        for (const uint32_t r : ranks) chosen[r] = true;
        slots.clear();
        for (size_t r = 0; r < chosen.size(); r++) {
            if (chosen[r]) slots.push_back(by->sorted[r]);
        }
        return;
    }
    std::sort(ranks.begin(), ranks.end());
    for (size_t i = 0; i < slots.size(); i++) slots[i] = by->sorted[ranks[i]];
}

// ---------------------------------------------------------------- time ranges

void HeadIndex::widen(Slot slot, int64_t min_ms, int64_t max_ms) {
    Entry& e = entries_.at(slot);
    if (min_ms < e.min_ms.load(std::memory_order_relaxed)) e.min_ms.store(min_ms, std::memory_order_relaxed);
    if (max_ms > e.max_ms.load(std::memory_order_relaxed)) e.max_ms.store(max_ms, std::memory_order_relaxed);
}

void HeadIndex::reset_range(Slot slot, int64_t min_ms, int64_t max_ms) {
    Entry& e = entries_.at(slot);
    e.min_ms.store(min_ms, std::memory_order_relaxed);
    e.max_ms.store(max_ms, std::memory_order_relaxed);
}

bool HeadIndex::overlaps(Slot slot, int64_t from_ms, int64_t to_ms) const {
    const Entry& e = entry(slot);
    return e.min_ms.load(std::memory_order_relaxed) < to_ms && e.max_ms.load(std::memory_order_relaxed) >= from_ms;
}

// ---------------------------------------------------------------- pairs

HeadIndex::Pair HeadIndex::intern(std::string_view name, std::string_view value) {
    const uint64_t hash = hash_of(name, value);
    size_t mask = pair_table_.cells.size() - 1;
    size_t at = hash & mask;
    for (; pair_table_.cells[at] != 0; at = (at + 1) & mask) {
        const Pair pair = pair_table_.cells[at] - 1;
        const PairEntry& p = *pairs_.find(pair);
        if (p.value() == value && names_[p.name]->name == name) return pair;
    }
    uint32_t name_number = 0;
    if (const auto it = name_of_.find(name); it != name_of_.end()) {
        name_number = it->second;
    } else {
        name_number = narrow<uint32_t>(names_.size());
        names_.push_back(std::make_unique<NameEntry>(NameEntry{std::string(name), {}}));
        name_of_.emplace(names_.back()->name, name_number);
    }
    Pair pair = pair_bound_;
    if (!free_pairs_.empty()) {
        pair = free_pairs_.back();
        free_pairs_.pop_back();
    } else {
        pair_bound_++;
    }
    PairEntry& p = pairs_.at(pair);
    p.name = name_number;
    put_sized(p.label, name);
    put_sized(p.label, value);
    p.value_begin = narrow<uint32_t>(p.label.size() - value.size());
    pair_text_bytes_ += p.label.capacity();
    pair_count_++;
    names_[name_number]->pairs.push_back(pair);
    if ((pair_table_.used + 1) * 10 > pair_table_.cells.size() * 7) {
        grow_pair_table();
        mask = pair_table_.cells.size() - 1;
        for (at = hash & mask; pair_table_.cells[at] != 0;) at = (at + 1) & mask;
    }
    pair_table_.cells[at] = pair + 1;
    pair_table_.used++;
    return pair;
}

uint64_t HeadIndex::pair_hash(Pair pair) const {
    const PairEntry& p = *pairs_.find(pair);
    return hash_of(names_[p.name]->name, p.value());
}

void HeadIndex::grow_slot_table() {
    const auto old = std::move(slot_table_.cells);
    rehash(slot_table_.cells, old.size() * 2, old, [&](uint32_t s) { return static_cast<size_t>(entry(s).hash.low); });
}

void HeadIndex::grow_pair_table() {
    const auto old = std::move(pair_table_.cells);
    rehash(pair_table_.cells, old.size() * 2, old, [&](uint32_t p) { return static_cast<size_t>(pair_hash(p)); });
}

const HeadIndex::PairEntry* HeadIndex::find_pair(std::string_view name, std::string_view value) const {
    const size_t mask = pair_table_.cells.size() - 1;
    for (size_t at = hash_of(name, value) & mask; pair_table_.cells[at] != 0; at = (at + 1) & mask) {
        const PairEntry& p = *pairs_.find(pair_table_.cells[at] - 1);
        if (p.value() == value && names_[p.name]->name == name) return &p;
    }
    return nullptr;
}

const HeadIndex::NameEntry* HeadIndex::find_name(std::string_view name) const {
    const auto it = name_of_.find(name);
    return it == name_of_.end() || names_[it->second]->pairs.empty() ? nullptr : names_[it->second].get();
}

Status HeadIndex::all(IdUnion& out) const {
    Ids ids;
    ids.reserve(series_count_);
    for (Slot slot = 0; slot < next_slot_; slot++) {
        if (contains(slot)) ids.push_back(slot);
    }
    out.add(ids);
    return {};
}

Status HeadIndex::with_name(std::string_view name, IdUnion& out) const {
    if (const NameEntry* n = find_name(name)) {
        for (const Pair pair : n->pairs) out.add(pairs_.find(pair)->slots);
    }
    return {};
}

Status HeadIndex::with_value(std::string_view name, std::string_view value, IdUnion& out) const {
    if (const PairEntry* p = find_pair(name, value)) out.add(p->slots);
    return {};
}

Status HeadIndex::with_values(std::string_view name, std::string_view prefix, const Accept& accept, IdUnion& out) const {
    if (const NameEntry* n = find_name(name)) {
        for (const Pair pair : n->pairs) {
            const PairEntry& p = *pairs_.find(pair);
            if (p.value().starts_with(prefix) && accept(p.value())) out.add(p.slots);
        }
    }
    return {};
}

void HeadIndex::for_each_pair(
    const std::function<void(std::string_view name, std::string_view value, const Ids& slots)>& visit) const {
    for (const auto& name : names_) {
        for (const Pair pair : name->pairs) visit(name->name, pairs_.find(pair)->value(), pairs_.find(pair)->slots);
    }
}

void HeadIndex::for_each_value(std::string_view name,
                               const std::function<void(std::string_view value, const Ids& slots)>& visit) const {
    if (const NameEntry* n = find_name(name)) {
        for (const Pair pair : n->pairs) visit(pairs_.find(pair)->value(), pairs_.find(pair)->slots);
    }
}

void HeadIndex::for_each_label(Slot slot, const std::function<void(std::string_view, std::string_view)>& visit) const {
    const Entry& e = entry(slot);
    for (size_t i = 0; i < e.pair_count; i++) {
        const PairEntry& p = *pairs_.find(e.pairs[i]);
        visit(names_[p.name]->name, p.value());
    }
}

std::vector<std::string_view> HeadIndex::names() const {
    std::vector<std::string_view> out;
    for (const auto& name : names_) {
        if (!name->pairs.empty()) out.push_back(name->name);
    }
    return out;
}

uint64_t HeadIndex::memory_bytes() const {
    const std::lock_guard lock(shared_labels_mutex_);
    return shared_labels_.arena->memory_bytes() + shared_labels_.texts.memory_bytes() + entries_.memory_bytes() + pairs_.memory_bytes() + posting_count_ * 10 + pair_text_bytes_ + series_count_ * 16 +
           ids_.size() * (ID_PAGE * sizeof(Slot) + 64) + (slot_table_.cells.size() + pair_table_.cells.size()) * 4;
}

}  // namespace belfry::store
