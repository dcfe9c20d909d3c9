#include "app/web_files.h"

// The table that the build makes of web/dist (Makefile, web.S).
extern "C" const belfry::http::WebRow belfry_web_table[];

namespace belfry::app {

const http::WebRow* embedded_web_files() {
    return belfry_web_table;
}

}  // namespace belfry::app
