#pragma once

#include "base/result.h"

#include <string>

namespace belfry::app {

/// What a command says and how it ends: 0 done, 1 a negative answer (not well, refused, not found), 2 wrong usage.
struct Outcome {
    int status = 0;
    std::string out;  // standard output
    std::string err;  // standard error
};

/// Wrong usage (`invalid`) is 2, everything else 1.
[[nodiscard]] inline Outcome failed(const Error& error) {
    return {.status = error.code == Code::invalid ? 2 : 1, .out = {}, .err = "belfry: " + error.message + "\n"};
}

}  // namespace belfry::app
