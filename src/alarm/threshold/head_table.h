#pragma once

#include "model/metric_batch.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace belfry::alarm {

/// Head id -> what its samples go to: places of windows, and of waiting metrics (WAITING set). Ids are dense, so it is
/// pages of an array. One thread.
class HeadTable {
  public:
    static constexpr uint32_t WAITING = 1u << 31;
    struct Head {
        uint32_t name = 0;   // hash of tenant and name
        uint32_t route = 0;  // the target, or with several the place of their list
        uint32_t count = 0;
        bool known = false;  // its labels were looked at
    };

    [[nodiscard]] Head& find(model::HeadId id) {
        const uint64_t number = id / PAGE;
        if (number != cached_ || page_ == nullptr) page_ = open_page(number);
        return page_->heads[id % PAGE];
    }
    [[nodiscard]] std::span<const uint32_t> targets(const Head& head) const {
        if (head.count <= 1) return {&head.route, head.count};
        return lists_[head.route];
    }
    void add_target(Head& head, uint32_t target);
    void remove_target(Head& head, uint32_t target);
    /// Its labels will be asked for again.
    void forget(Head& head);
    /// All whose name has this hash.
    template <typename Visit>
    void for_each(const Visit& visit) {
        for (auto& [number, page] : pages_)
            for (size_t i = 0; i < PAGE; ++i)
                if (page->heads[i].known) visit(number * PAGE + i, page->heads[i]);
    }
    /// Pages that no sample has touched since the last two calls go. Called about once a day.
    void age();
    [[nodiscard]] uint64_t memory_bytes() const { return pages_.size() * sizeof(Page); }

  private:
    static constexpr uint64_t PAGE = 1'024;
    struct Page {
        std::array<Head, PAGE> heads;
        uint32_t age = 0;
    };
    Page* open_page(uint64_t number);

    std::unordered_map<uint64_t, std::unique_ptr<Page>> pages_;
    Page* page_ = nullptr;
    uint64_t cached_ = 0;
    std::vector<std::vector<uint32_t>> lists_;
    std::vector<uint32_t> free_lists_;
};

}  // namespace belfry::alarm
