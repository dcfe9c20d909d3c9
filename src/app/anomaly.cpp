// Anomaly monitors, and back-tests of alarm definitions.
#include "api/belfry/anomaly.h"
#include "api/belfry/backtest.h"
#include "app/parts.h"

namespace belfry::app {

void App::Parts::open_anomaly(alarm::SampleSink write) {
    monitors = std::make_unique<alarm::MonitorBook>(
        alarm::MonitorParts{.engine = *engine,
                            .clock = clock,
                            .config = config.anomaly,
                            .limits = config.query,
                            .wall_ms_max = config.rules.wall_ms_max,
                            .write = std::move(write)},
        *alarm_schedule, [this] { return catalog->snapshot()->documents(catalog::ANOMALY_MONITOR); });
    api::add_anomaly_routes(router, {.book = *monitors,
                                     .engine = *engine,
                                     .limits = config.query,
                                     .clock = clock,
                                     .catalog = *catalog,
                                     .changes = *changes});
    api::add_backtest_routes(router, {.parts = {.engine = *engine, .source = *source, .threshold = config.threshold},
                                      .limits = config.query,
                                      .clock = clock});
}

}  // namespace belfry::app
