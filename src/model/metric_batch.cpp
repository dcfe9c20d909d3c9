#include "model/metric_batch.h"

namespace belfry::model {

std::string_view to_string(MetricType type) {
    switch (type) {
        case MetricType::unknown: return "unknown";
        case MetricType::counter: return "counter";
        case MetricType::gauge: return "gauge";
        case MetricType::histogram: return "histogram";
        case MetricType::gauge_histogram: return "gaugehistogram";
        case MetricType::summary: return "summary";
        case MetricType::info: return "info";
        case MetricType::stateset: return "stateset";
    }
    return "unknown";
}

}  // namespace belfry::model
