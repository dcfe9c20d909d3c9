#pragma once

#include "http/static_files.h"

namespace belfry::app {

/// The web interface inside the binary.
[[nodiscard]] const http::WebRow* embedded_web_files();

}  // namespace belfry::app
