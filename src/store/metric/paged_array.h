#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace belfry::store {

/// An array of pages that come when first written and can be given back: addresses stay, holes are cheap. Not synchronised.
template <typename T, size_t PAGE_ELEMENTS>
class PagedArray {
  public:
    /// Null when the page was never written.
    [[nodiscard]] T* find(size_t index) const {
        const size_t page = index / PAGE_ELEMENTS;
        return page < pages_.size() && pages_[page] ? &pages_[page][index % PAGE_ELEMENTS] : nullptr;
    }
    [[nodiscard]] T& at(size_t index) {
        const size_t page = index / PAGE_ELEMENTS;
        if (page >= pages_.size()) pages_.resize(page + 1);
        if (!pages_[page]) {
            pages_[page] = std::make_unique<T[]>(PAGE_ELEMENTS);
            page_count_++;
        }
        return pages_[page][index % PAGE_ELEMENTS];
    }
    void free_page_of(size_t index) {
        const size_t page = index / PAGE_ELEMENTS;
        if (page < pages_.size() && pages_[page]) {
            pages_[page].reset();
            page_count_--;
        }
    }
    /// One past the highest index that may have been written.
    [[nodiscard]] size_t bound() const { return pages_.size() * PAGE_ELEMENTS; }
    [[nodiscard]] size_t memory_bytes() const { return page_count_ * PAGE_ELEMENTS * sizeof(T) + pages_.capacity() * sizeof(void*); }
    static constexpr size_t page_elements() { return PAGE_ELEMENTS; }

  private:
    std::vector<std::unique_ptr<T[]>> pages_;
    size_t page_count_ = 0;
};

}  // namespace belfry::store
