#include "alarm/threshold/head_table.h"

#include <algorithm>
#include <utility>

namespace belfry::alarm {

HeadTable::Page* HeadTable::open_page(uint64_t number) {
    cached_ = number;
    auto& page = pages_[number];
    if (!page) page = std::make_unique<Page>();
    page->age = 0;
    return page.get();
}

void HeadTable::add_target(Head& head, uint32_t target) {
    const auto old = targets(head);
    if (std::find(old.begin(), old.end(), target) != old.end()) return;
    if (head.count == 0) {
        head.route = target;
    } else if (head.count == 1) {
        uint32_t list = static_cast<uint32_t>(lists_.size());
        if (free_lists_.empty()) {
            lists_.emplace_back();
        } else {
            list = free_lists_.back();
            free_lists_.pop_back();
        }
        lists_[list] = {head.route, target};
        head.route = list;
    } else {
        lists_[head.route].push_back(target);
    }
    ++head.count;
}

void HeadTable::remove_target(Head& head, uint32_t target) {
    if (head.count == 1 && head.route == target) head.count = 0;
    if (head.count <= 1) return;
    const uint32_t place = head.route;
    std::vector<uint32_t>& list = lists_[place];
    const auto at = std::find(list.begin(), list.end(), target);
    if (at == list.end()) return;
    list.erase(at);
    if (--head.count > 1) return;
    head.route = list.front();
    list.clear();
    free_lists_.push_back(place);
}

void HeadTable::forget(Head& head) {
    if (head.count > 1) {
        lists_[head.route].clear();
        free_lists_.push_back(head.route);
    }
    head = {};
}

void HeadTable::age() {
    constexpr uint32_t AGES = 3;  // an id is not used after two days of silence
    for (auto page = pages_.begin(); page != pages_.end();) {
        if (++page->second->age < AGES) {
            ++page;
            continue;
        }
        for (Head& head : page->second->heads)
            forget(head);
        page = pages_.erase(page);
    }
    page_ = nullptr;
}

}  // namespace belfry::alarm
