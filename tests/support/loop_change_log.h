#pragma once

#include "catalog/changes.h"

#include <mutex>
#include <string>

namespace belfry::tests {

/// A change log without a log: keeps what was written and applies it to the catalog at once.
class LoopChangeLog : public catalog::ChangeLog {
  public:
    explicit LoopChangeLog(catalog::Catalog& catalog) : catalog_(catalog), next_(catalog.applied_to()) {}

    [[nodiscard]] Result<uint64_t> submit(std::string record) override {
        const std::lock_guard lock(mutex_);
        if (refuse) return make_error(Code::exhausted, "disk full");
        if (!write_first.empty()) {
            const std::string first = std::exchange(write_first, {});
            const catalog::DefinitionRecord one{.offset = next_++, .bytes = first};
            if (auto done = catalog_.apply({&one, 1}); !done.ok()) return done.error();
        }
        const uint64_t offset = next_++;
        written_ += record + "\n";
        if (apply_at_once) {
            const catalog::DefinitionRecord one{.offset = offset, .bytes = record};
            if (auto done = catalog_.apply({&one, 1}); !done.ok()) return done.error();
        }
        return offset;
    }
    [[nodiscard]] const std::string& written() const { return written_; }

    bool refuse = false;
    bool apply_at_once = true;
    std::string write_first;  // a record that comes between the check of the next change and its own record

  private:
    std::mutex mutex_;           // guards next_ and written_
    catalog::Catalog& catalog_;  // outlives this
    uint64_t next_;
    std::string written_;
};

}  // namespace belfry::tests
