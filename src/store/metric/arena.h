#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace belfry::store {

/// Memory that is given back all at once. Blocks grow from 4 KiB to 256 KiB, so that a small arena stays small. Not synchronised.
class Arena {
  public:
    [[nodiscard]] char* allocate(size_t count, size_t alignment = 1) {
        size_t at = (used_ + alignment - 1) & ~(alignment - 1);
        if (blocks_.empty() || at + count > size_) {
            size_ = count > next_ ? count : next_;
            if (next_ < BLOCK_BYTES_MAX) next_ *= 2;
            blocks_.push_back(std::make_unique_for_overwrite<char[]>(size_));
            total_ += size_;
            at = 0;
        }
        used_ = at + count;
        return blocks_.back().get() + at;
    }
    [[nodiscard]] std::string_view copy(std::string_view bytes) {
        if (bytes.empty()) return {};
        char* p = allocate(bytes.size());
        std::memcpy(p, bytes.data(), bytes.size());
        return {p, bytes.size()};
    }
    [[nodiscard]] size_t memory_bytes() const { return total_; }

  private:
    static constexpr size_t BLOCK_BYTES_MAX = 256 << 10;
    std::vector<std::unique_ptr<char[]>> blocks_;
    size_t next_ = 4096;
    size_t size_ = 0;  // of the last block
    size_t used_ = 0;
    size_t total_ = 0;
};

}  // namespace belfry::store
