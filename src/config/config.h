#pragma once

#include "alarm/anomaly/anomaly_config.h"
#include "alarm/rules/query_config.h"
#include "alarm/rules/rules_config.h"
#include "alarm/transform/transform_config.h"
#include "alarm/desk/desk_config.h"
#include "alarm/threshold/threshold_config.h"
#include "api/auth/auth_config.h"
#include "api/identity/identity_config.h"
#include "api/prometheus/bulk_config.h"
#include "catalog/alarm_store_config.h"
#include "catalog/catalog_config.h"
#include "config/server_config.h"
#include "forward/forward_config.h"
#include "http/http_config.h"
#include "ingest/agent/agent_config.h"
#include "ingest/graphite/graphite_config.h"
#include "ingest/host/listener.h"
#include "ingest/metric/writer.h"
#include "ingest/monasca/monasca_config.h"
#include "ingest/otlp/otlp_config.h"
#include "ingest/scrape/scraper_config.h"
#include "ingest/self/listener.h"
#include "ingest/statsd/statsd_config.h"
#include "journal/segment_log.h"
#include "notify/notify_config.h"
#include "query/budget.h"
#include "queue/queue.h"
#include "store/metric/metric_store_config.h"

namespace belfry::config {

/// Everything that can be configured; const after start. A key of the table in keys.cpp fills each field; `load`
/// settles what follows from others.
struct Config {
    ServerConfig server;
    api::AuthConfig auth;
    api::IdentityConfig identity;
    http::HttpConfig http;
    journal::JournalConfig journal;
    queue::QueueConfig queue;
    ingest::MetricConfig metric;
    ingest::otlp::OtlpConfig otlp;
    ingest::host::HostConfig host;
    ingest::self::SelfConfig self;
    ingest::graphite::GraphiteConfig graphite;
    ingest::statsd::StatsdConfig statsd;
    ingest::monasca::MonascaConfig monasca;
    ingest::agent::AgentConfig agent;
    alarm::TransformConfig transform;
    ingest::scrape::ScraperConfig scrape;
    store::MetricStoreConfig metric_store;
    query::BudgetLimits query;
    alarm::RulesConfig rules;
    notify::NotifyConfig notify;
    alarm::QueryAlarmConfig query_alarms;
    alarm::AnomalyConfig anomaly;
    api::BulkConfig bulk;
    forward::ForwardConfig forward;
    catalog::CatalogConfig catalog;
    catalog::AlarmStoreConfig alarms;
    alarm::DeskConfig alarm_desk;
    alarm::ThresholdConfig threshold;
};

}  // namespace belfry::config
