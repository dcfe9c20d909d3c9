// EMAIL: Monasca's subject and body in its three forms (one host; host and target; several hosts), of a group a list.
#include "base/ascii.h"
#include "notify/sender.h"

namespace belfry::notify {
namespace {

std::set<std::string> values_of(const model::Alarm& alarm, std::string_view name) {
    std::set<std::string> out;
    for (const model::AlarmMetric& metric : alarm.metrics)
        if (const auto value = value_of(metric.dimensions, name); !value.empty()) out.emplace(value);
    if (const auto value = value_of(alarm.labels, name); !value.empty()) out.emplace(value);
    return out;
}

std::string joined(const std::set<std::string>& values) {
    std::string out;
    for (const std::string& value : values)
        out += (out.empty() ? "" : ", ") + value;
    return out;
}

std::string utc(int64_t ms) {
    std::string out = rfc3339(ms);  // 2026-11-22T21:20:33.125Z
    return out.substr(0, 10) + " " + out.substr(11, 8) + " UTC";
}

/// All dimensions of all metrics, a name once with every value it has.
std::string dimensions_of(const model::Alarm& alarm) {
    std::map<std::string, std::set<std::string>> all;
    for (const model::AlarmMetric& metric : alarm.metrics)
        for (const auto& [name, value] : metric.dimensions)
            all[name].insert(value);
    for (const auto& [name, value] : alarm.labels)
        all[name].insert(value);
    std::string out;
    for (const auto& [name, values] : all)
        out += fmt::format("{}: {}\n", name, joined(values));
    return out;
}

std::string subject_of(const model::Alarm& alarm) {
    std::string out =
        fmt::format("{} {} \"{}\"", model::to_string(alarm.state), model::to_string(alarm.severity), alarm.name);
    const auto hosts = values_of(alarm, "hostname");
    if (hosts.size() != 1) return out;
    out += " for Host: " + *hosts.begin();
    if (const auto targets = values_of(alarm, "target_host"); targets.size() == 1)
        out += " Target: " + *targets.begin();
    return out;
}

std::string body_of(const model::AlarmEvent& event, std::string_view external_url) {
    const model::Alarm& alarm = event.alarm;
    const auto hosts = values_of(alarm, "hostname");
    const auto targets = values_of(alarm, "target_host");
    std::string where;
    if (hosts.size() == 1 && targets.size() == 1)
        where = fmt::format(" on host \"{}\" for target \"{}\"", *hosts.begin(), *targets.begin());
    else if (hosts.size() == 1)
        where = fmt::format(" on host \"{}\"", *hosts.begin());
    else if (hosts.size() > 1)
        where = fmt::format(" on hosts {}", joined(hosts));
    std::string reason = alarm.reason;
    if (!reason.empty()) reason = lower(reason.substr(0, 1)) + reason.substr(1);
    std::string out = fmt::format("On{}, {}.\n\n", where.empty() ? " this system" : where.substr(3), reason);
    out += fmt::format("Alarm \"{}\" transitioned to the {} state at {}\n", alarm.name, model::to_string(alarm.state),
                       utc(event.at_ms));
    out += fmt::format("alarm_id: {}\n", alarm.id);
    if (!alarm.description.empty()) out += fmt::format("description: {}\n", alarm.description);
    out += fmt::format("severity: {}\nlifecycle state: {}\nlink: {}\nalarm page: {}\n\nWith dimensions:\n{}",
                       model::to_string(alarm.severity), alarm.lifecycle_state.empty() ? "none" : alarm.lifecycle_state,
                       alarm.link.empty() ? "none" : alarm.link, link_of(alarm, external_url), dimensions_of(alarm));
    return out;
}

}  // namespace

Outcome tell_email(const Telling& telling) {
    const Notice& notice = telling.notice;
    const std::string_view from = telling.method.option("from");
    auto subject = own_text(telling, "subject");
    auto text = own_text(telling, "template");
    if (!subject) subject = notice.group ? title_of(notice) : subject_of(notice.events.front()->alarm);
    if (!text) text = notice.group ? plain_text(telling) : body_of(*notice.events.front(), telling.external_url);
    const Mail mail{.from = from.empty() ? telling.config.smtp_from : std::string(from),
                    .to = split_addresses(telling.method.method.address),
                    .subject = *std::move(subject),
                    .text = *std::move(text),
                    .id = notice.key,
                    .at_ms = notice.at_ms};
    const Status sent = telling.line.mail(telling.method.mail_server, mail);
    if (sent.ok()) return {.ok = true, .code = 250, .detail = {}};
    return {.ok = false, .code = 0, .detail = sent.error().message};
}

}  // namespace belfry::notify
