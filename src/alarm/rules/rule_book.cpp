#include "alarm/rules/rule_book.h"

#include "alarm/rules/stats.h"
#include "base/hash.h"
#include "base/log.h"

#include <pthread.h>
#include <sys/stat.h>

namespace belfry::alarm {
namespace {

constexpr int64_t LOOK_MS = 1'000;  // a waiting thread looks at the clock at least so often: it may be set

}  // namespace

RuleBook::RuleBook(RuleParts parts, std::function<std::vector<std::string>()> more_files)
    : parts_(std::move(parts)), more_files_(std::move(more_files)) {}

RuleBook::~RuleBook() {
    stop();
}

std::vector<std::string> RuleBook::files() const {
    std::vector<std::string> out;
    std::vector<std::string> patterns = parts_.config.files;
    if (more_files_) {
        const std::vector<std::string> more = more_files_();
        patterns.insert(patterns.end(), more.begin(), more.end());
    }
    for (const std::string& pattern : patterns) {
        const std::vector<std::string> found = expand_pattern(pattern);
        out.insert(out.end(), found.begin(), found.end());
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::string RuleBook::signature(const std::vector<std::string>& files) const {
    std::string out;
    for (const std::string& file : files) {
        struct stat s {};
        const bool there = ::stat(file.c_str(), &s) == 0;
        out += fmt::format("{}\n{} {} {} {}\n", file, there ? s.st_ino : 0, s.st_size, s.st_mtim.tv_sec,
                           s.st_mtim.tv_nsec);
    }
    return out;
}

Status RuleBook::load() {
    const std::lock_guard one(load_mutex_);
    reloads.add();
    LoadView view;
    view.at_ms = parts_.clock.now_ms();
    view.files = files();
    signature_ = signature(view.files);
    std::vector<RuleGroup> groups;
    size_t rules = 0;
    for (const std::string& path : view.files) {
        const Result<std::string> text = read_text_file(path, parts_.config.file_bytes_max);
        if (!text.ok()) {
            view.errors.push_back(text.error().message);
            continue;
        }
        RuleFile file = parse_rule_file(
            *text, path, {.file_bytes_max = parts_.config.file_bytes_max, .rules_max = parts_.config.rules_max});
        view.warnings.insert(view.warnings.end(), file.warnings.begin(), file.warnings.end());
        if (!file.errors.empty()) {
            view.errors.insert(view.errors.end(), file.errors.begin(), file.errors.end());
            continue;
        }
        rules += file.rule_count();
        if (rules > parts_.config.rules_max) {
            view.errors.push_back(
                fmt::format("{}: more than {} rules in all files (rules.rules_max)", path, parts_.config.rules_max));
            continue;
        }
        std::move(file.groups.begin(), file.groups.end(), std::back_inserter(groups));
    }
    view.ok = view.errors.empty();
    for (const std::string& warning : view.warnings)
        log_warn("alarm", "a rule is odd", {{"what", warning}});
    for (const std::string& error : view.errors)
        log_error("alarm", "a rule file is wrong", {{"error", error}});
    const bool take = view.ok || !loaded_;
    loaded_ = true;
    if (!view.ok) reload_failures.add();
    if (take) replace(std::move(groups));
    if (view.ok && !view.files.empty())
        log_info("alarm", "rules are loaded", {{"files", view.files.size()}, {"rules", rules}});
    const std::lock_guard lock(mutex_);
    last_load_ = std::move(view);
    if (last_load_.ok) return {};
    return make_error(Code::invalid, "{}{}", last_load_.errors.front(),
                      last_load_.errors.size() > 1 ? fmt::format(" (and {} more)", last_load_.errors.size() - 1) : "");
}

void RuleBook::load_if_changed() {
    {
        const std::lock_guard one(load_mutex_);
        if (!loaded_ || signature(files()) == signature_) return;
    }
    (void)load();  // logged and shown there
}

void RuleBook::replace(std::vector<RuleGroup> groups) {
    std::map<std::string, std::shared_ptr<GroupRun>> before;
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        before = runs_;
        first = runs_.empty() && last_load_.at_ms == 0;
    }
    std::map<std::string, std::shared_ptr<GroupRun>> now;
    for (RuleGroup& group : groups) {
        const std::string key = group.key();
        const auto known = before.find(key);
        if (known != before.end() && known->second->group().content == group.content) {
            now.emplace(key, known->second);
            before.erase(known);
            continue;
        }
        auto run = std::make_shared<GroupRun>(parts_, std::make_shared<const RuleGroup>(std::move(group)), first);
        if (known != before.end()) {
            known->second->stop();
            const std::lock_guard turn(known->second->turn);
            run->take_over(*known->second);
            before.erase(known);
        }
        now.emplace(key, std::move(run));
    }
    const int64_t now_ms = parts_.clock.now_ms();
    for (const auto& [key, gone] : before) {
        gone->stop();
        const std::lock_guard turn(gone->turn);
        gone->end_series(now_ms);
    }
    {
        const std::lock_guard lock(mutex_);
        std::multimap<int64_t, std::shared_ptr<GroupRun>> due;
        std::set<const GroupRun*> waiting;
        for (auto& [at_ms, run] : due_) {
            const auto still = now.find(run->group().key());
            if (still == now.end() || still->second != run) continue;
            waiting.insert(run.get());
            due.emplace(at_ms, run);
        }
        for (const auto& [key, run] : now) {
            const auto old = runs_.find(key);
            const bool running =
                old != runs_.end() && old->second == run && waiting.count(run.get()) == 0;  // comes back by itself
            if (!running && waiting.count(run.get()) == 0) due.emplace(run->next_due_ms(now_ms), run);
        }
        due_ = std::move(due);
        runs_ = std::move(now);
        groups_now.set(static_cast<double>(runs_.size()));
    }
    wake_.notify_all();
    count_alerts();
}

std::optional<RuleBook::Due> RuleBook::take_due() {
    const int64_t now_ms = parts_.clock.now_ms();
    if (due_.empty() || due_.begin()->first > now_ms) return std::nullopt;
    Due out{.at_ms = due_.begin()->first, .run = due_.begin()->second};
    due_.erase(due_.begin());
    return out;
}

void RuleBook::run_one(Due due) {
    {
        const std::lock_guard turn(due.run->turn);
        due.run->evaluate(due.at_ms);
    }
    count_alerts();
    const std::lock_guard lock(mutex_);
    const auto still = runs_.find(due.run->group().key());
    if (still == runs_.end() || still->second != due.run) return;
    const int64_t interval_ms = due.run->interval_ms();
    const int64_t now_ms = parts_.clock.now_ms();
    int64_t next_ms = due.at_ms + interval_ms;
    if (now_ms >= next_ms + interval_ms) {
        const int64_t missed = (now_ms - next_ms) / interval_ms;
        due.run->count_missed(static_cast<uint64_t>(missed));
        next_ms += missed * interval_ms;
    } else if (next_ms - now_ms > 2 * interval_ms) {
        next_ms = due.run->next_due_ms(now_ms);  // the clock was set back
    }
    due_.emplace(next_ms, due.run);
}

size_t RuleBook::run_due() {
    size_t count = 0;
    for (;; ++count) {
        std::optional<Due> due;
        {
            const std::lock_guard lock(mutex_);
            due = take_due();
        }
        if (!due) return count;
        run_one(std::move(*due));
    }
}

void RuleBook::work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        std::optional<Due> due = take_due();
        if (due) {
            lock.unlock();
            wake_.notify_one();  // somebody else waits for the next
            run_one(std::move(*due));
            lock.lock();
            continue;
        }
        const int64_t wait_ms =
            due_.empty() ? LOOK_MS : std::clamp<int64_t>(due_.begin()->first - parts_.clock.now_ms(), 1, LOOK_MS);
        wake_.wait_for(lock, std::chrono::milliseconds(wait_ms));
    }
}

void RuleBook::start() {
    const std::lock_guard lock(mutex_);
    if (!threads_.empty() || stopping_) return;
    for (uint32_t i = 0; i < std::max<uint32_t>(1, parts_.config.workers); ++i) {
        threads_.emplace_back([this] {
            ::pthread_setname_np(::pthread_self(), "rules");
            work();
        });
    }
}

void RuleBook::stop() {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const auto& [key, run] : runs_)
            run->stop();
        threads.swap(threads_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads)
        thread.join();
}

LoadView RuleBook::last_load() const {
    const std::lock_guard lock(mutex_);
    return last_load_;
}

std::vector<std::shared_ptr<const GroupView>> RuleBook::groups() const {
    std::vector<std::shared_ptr<const GroupView>> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [key, run] : runs_)
        out.push_back(run->view());
    return out;
}

void RuleBook::count_alerts() const {
    double pending = 0;
    double firing = 0;
    for (const auto& group : groups()) {
        for (const RuleView& rule : group->rules)
            for (const Alert& alert : rule.alerts)
                (alert.state == AlertState::firing ? firing : pending) += 1;
    }
    alerts_pending.set(pending);
    alerts_firing.set(firing);
}

}  // namespace belfry::alarm
