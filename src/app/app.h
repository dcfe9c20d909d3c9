#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "config/load.h"

#include <memory>
#include <string>
#include <vector>

namespace belfry::app {

/// Every component of a running server. `start` opens them from the log upwards, `stop` closes them from the front door
/// downwards; parts.h lists the components, `start` and `Parts::stop` the order. Used by one thread.
class App {
  public:
    /// Opens, replays and listens; returns when requests are answered (the replay may still run: /-/ready tells).
    [[nodiscard]] static Result<std::unique_ptr<App>> start(const config::Loaded& loaded, Clock& clock);
    /// Stops if nobody did.
    ~App();

    /// Front door closed, running requests drained, everything accepted stored, files closed.
    void stop();

    /// Reads again what may change while the server runs: what is scraped, rule files. An error keeps what was.
    [[nodiscard]] Status reload();

    /// Lines for the terminal: address, login link, data, limits.
    [[nodiscard]] std::vector<std::string> greeting() const;

  private:
    App() = default;
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

/// `belfry serve`: starts, prints, waits for SIGINT or SIGTERM, stops. Exit code 0, or 2 when it could not start.
[[nodiscard]] int serve(const config::Loaded& loaded);

}  // namespace belfry::app
