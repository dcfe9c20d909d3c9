#include "support/temp_dir.h"

#include <filesystem>

namespace belfry::tests {

TempDir::TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "belfry-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace belfry::tests
