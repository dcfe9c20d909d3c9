#pragma once

#include "api/auth/auth_config.h"
#include "catalog/catalog_config.h"
#include "config/server_config.h"

namespace belfry::config {

/// Everything that can be configured; const after start. A key of the table in keys.cpp fills each field.
struct Config {
    ServerConfig server;
    api::AuthConfig auth;
    catalog::CatalogConfig catalog;
};

}  // namespace belfry::config
