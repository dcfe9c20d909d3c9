#pragma once

#include "api/auth/authenticator.h"
#include "api/belfry/demo_control.h"
#include "api/belfry/host_source.h"
#include "api/belfry/pipeline_history.h"
#include "api/belfry/status_sources.h"
#include "base/clock.h"
#include "catalog/changes.h"
#include "http/router.h"

namespace belfry::api {

/// What Belfry's own resources speak about; all outlive the router.
struct BelfryParts {
    Clock& clock;
    const ServerFacts& server;
    const StatusSource& status;
    const PipelineHistory& history;  // housekeeping samples it once a second
    const HostSource& host;
    DemoControl& demo;
    Authenticator& authenticator;
    catalog::Catalog& catalog;
    catalog::Changes& changes;
};

/// Everything below /api/v1/belfry, but for metrics and labels.
void add_belfry_routes(http::Router& router, const BelfryParts& parts);

// One file each.
void add_session_routes(http::Router& router, const BelfryParts& parts);
void add_frame_routes(http::Router& router, const BelfryParts& parts);
void add_status_routes(http::Router& router, const BelfryParts& parts);
void add_key_routes(http::Router& router, const BelfryParts& parts);
void add_dashboard_routes(http::Router& router, const BelfryParts& parts);
void add_demo_routes(http::Router& router, const BelfryParts& parts);

}  // namespace belfry::api
