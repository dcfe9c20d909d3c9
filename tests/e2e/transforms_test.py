"""A tenant's own transform specs: taken as they are, refused with the line, kept across kill -9."""
import json

from harness import Server, check

PRE = json.dumps({"event_type": "mem.total_mb", "metric_id_list": ["mem_total_all"], "required_raw_fields_list": ["creation_time"],
                  "event_processing_params": {"set_default_zone_to": "1"}, "service_id": "host_metrics"}) + "\n"
SPEC = json.dumps({"metric_id": "mem_total_all", "metric_group": "mem_total_all", "aggregation_params_map": {
    "aggregation_pipeline": {"source": "streaming", "usage": "fetch_quantity", "setters": ["rollup_quantity", "set_aggregated_metric_name", "set_aggregated_period"],
                             "insert": ["prepare_data", "insert_data_pre_hourly"]},
    "aggregated_metric_name": "mem.total_mb_agg", "aggregation_period": "hourly", "aggregation_group_by_list": ["host", "metric_id", "tenant_id"],
    "usage_fetch_operation": "avg", "setter_rollup_group_by_list": [], "setter_rollup_operation": "sum",
    "dimension_list": ["aggregation_period", "host", "project_id"], "pre_hourly_operation": "avg", "pre_hourly_group_by_list": ["default"]}}) + "\n"


def test_a_tenants_transform_specs_are_kept_and_wrong_ones_refused_with_their_line():
    with Server() as s:
        with open(s.data + "/server.json") as f:
            key = {"Authorization": "Bearer " + json.load(f)["key"]}
        path = "/api/v1/belfry/transforms"
        put = lambda pre, specs: s.request("PUT", path, json.dumps({"pre_transform_specs": pre, "transform_specs": specs}), key)
        status, body, _ = put(PRE, SPEC)
        check(status == 200, body)
        status, body, _ = put(PRE, SPEC + SPEC.replace("hourly", "daily"))
        check(status == 400 and b"transform_specs:2" in body, body)
        check(s.request("PUT", path, "{}", key)[0] == 400, "no specs")
        s.kill()
        s.start()
        kept = json.loads(s.request("GET", path)[1])
        check(kept == {"pre_transform_specs": PRE, "transform_specs": SPEC}, kept)
        check(s.request("PUT", path, "{}")[0] == 401, "a change needs a key")
