#include "fuzz/targets.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace belfry;

TEST_CASE("every fuzz target survives its corpus") {
    for (const tests::FuzzTarget* target = tests::FUZZ_TARGETS; target->name != nullptr; target++) {
        CAPTURE(target->name);
        target->run(nullptr, 0);
        const std::filesystem::path corpus = std::string("tests/fuzz/corpus/") + target->name;
        if (!std::filesystem::is_directory(corpus)) continue;
        for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
            CAPTURE(entry.path().string());
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
            CHECK(target->run(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) == 0);
        }
    }
}
