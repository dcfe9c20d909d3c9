#pragma once

#include "base/counter.h"

namespace belfry::api {

inline CounterFamily identity_logins_total("belfry_identity_logins_total",
                                           "Attempts to prove an identity, by method and outcome.",
                                           {"method", "outcome"});
inline Counter identity_tokens_refused_total("belfry_identity_tokens_refused_total",
                                             "Tokens that were wrong, expired or revoked.");
inline Counter identity_tokens_remembered_total("belfry_identity_tokens_remembered_total",
                                                "Tokens that had been checked before and were remembered.");
inline Counter identity_tokens_revoked_total("belfry_identity_tokens_revoked_total", "Tokens that were revoked.");
inline Timing identity_hash_duration("belfry_identity_hash_duration_seconds", "What checking a password took.");
inline CounterFamily keystone_requests_total("belfry_keystone_requests_total",
                                             "Tokens asked about at the other identity service, by outcome.",
                                             {"outcome"});
inline Counter keystone_cache_hits_total("belfry_keystone_cache_hits_total",
                                         "Tokens of the other identity service that were remembered.");

}  // namespace belfry::api
