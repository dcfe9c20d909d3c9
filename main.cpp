#include "app/app.h"
#include "app/cli/cli.h"

#include <string>
#include <vector>

int main(int argc, char** argv) {
    return belfry::app::run_cli(std::vector<std::string>(argv + 1, argv + argc), belfry::app::serve);
}
