#include "notify/notice.h"

#include "base/ascii.h"
#include "base/hash.h"

#include <ctime>

namespace belfry::notify {
namespace {

void keep_common(model::Dimensions& common, const model::Dimensions& other) {
    std::erase_if(common, [&](const auto& pair) { return !std::binary_search(other.begin(), other.end(), pair); });
}

}  // namespace

model::Dimensions labels_of(const model::Alarm& alarm) {
    model::Dimensions out = alarm.labels;
    const auto set = [&](std::string_view name, std::string value) {
        for (auto& pair : out) {
            if (pair.first != name) continue;
            pair.second = std::move(value);
            return;
        }
        out.emplace_back(std::string(name), std::move(value));
    };
    set("alarmname", alarm.name);
    set("severity", lower(model::to_string(alarm.severity)));
    set("state", std::string(model::to_string(alarm.state)));
    set("alarm_id", alarm.id);
    set("tenant", alarm.tenant);
    std::sort(out.begin(), out.end());
    return out;
}

std::string_view value_of(const model::Dimensions& pairs, std::string_view name) {
    for (const auto& [key, value] : pairs)
        if (key == name) return value;
    return {};
}

model::Dimensions common_labels(const Notice& notice) {
    model::Dimensions out = labels_of(notice.events.front()->alarm);
    for (size_t i = 1; i < notice.events.size() && !out.empty(); ++i)
        keep_common(out, labels_of(notice.events[i]->alarm));
    return out;
}

model::Dimensions common_annotations(const Notice& notice) {
    model::Dimensions out = notice.events.front()->alarm.annotations;
    std::sort(out.begin(), out.end());
    for (size_t i = 1; i < notice.events.size() && !out.empty(); ++i) {
        model::Dimensions other = notice.events[i]->alarm.annotations;
        std::sort(other.begin(), other.end());
        keep_common(out, other);
    }
    return out;
}

bool is_firing(const Notice& notice) {
    return std::any_of(notice.events.begin(), notice.events.end(),
                       [](const EventPtr& event) { return is_firing(event->alarm); });
}

std::string rfc3339(int64_t ms) {
    const auto seconds = static_cast<std::time_t>(ms >= 0 ? ms / 1000 : (ms - 999) / 1000);
    const int64_t rest = ms - static_cast<int64_t>(seconds) * 1000;
    std::tm t{};
    ::gmtime_r(&seconds, &t);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                       t.tm_hour, t.tm_min, t.tm_sec, rest);
}

std::string fingerprint(const model::Dimensions& labels) {
    std::string bytes;
    for (const auto& [name, value] : labels)
        bytes.append(name).append(1, '\0').append(value).append(1, '\0');
    return fmt::format("{:016x}", hash64(bytes));
}

std::string link_of(const model::Alarm& alarm, std::string_view external_url) {
    if (alarm.source == model::AlarmSource::outside && !alarm.link.empty()) return alarm.link;
    return fmt::format("{}/alarms/{}", external_url, alarm.id);
}

}  // namespace belfry::notify
