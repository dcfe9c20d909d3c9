#pragma once

#include "config/load.h"

#include <functional>
#include <string>
#include <vector>

namespace belfry::app {

/// Runs until it is told to stop; gives the exit code.
using Serve = std::function<int(const config::Loaded&)>;

/// The whole program: parses the arguments, runs the command, prints, and gives the exit code: 0 done, 1 a negative
/// answer, 2 wrong usage or a server that could not start.
[[nodiscard]] int run_cli(const std::vector<std::string>& arguments, const Serve& serve);

}  // namespace belfry::app
