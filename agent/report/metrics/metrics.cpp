#include "report/metrics/metrics.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "sys/files.h"

namespace preemptd::report {
namespace {

using core::Millis;

constexpr std::array<int, 12> kHookBuckets{100,    250,    500,    1000,   2500,    5000,
                                           10'000, 20'000, 40'000, 80'000, 160'000, 300'000};

std::string seconds(Millis duration) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(duration.count()) / 1000.0);
  return text;
}

/// As a label value: the format knows exactly these three escapes.
std::string in_quotes(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

class Writer {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "preemptd_" + std::string(name);
    text_ += "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
  }
  void sample(const std::string& value, const std::string& labels = {}, std::string_view suffix = {}) {
    text_ += name_ + std::string(suffix) + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
  }
  void counts(std::string_view label, const std::map<std::string, std::uint64_t>& values) {
    for (const auto& [name, count] : values) sample(std::to_string(count), std::string(label) + "=" + in_quotes(name));
  }
  void gauge(std::string_view name, std::string_view help, const std::string& value) {
    family(name, "gauge", help);
    sample(value);
  }
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "counter", help);
    sample(std::to_string(value));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

std::string flag(bool value) {
  return value ? "1" : "0";
}

void write_sources(Writer& out, const MetricsSnapshot& s) {
  out.family("polls_total", "counter", "Questions asked of a source, by what came of them.");
  for (const auto& source : s.sources) {
    for (const auto& [result, count] : source.polls) {
      out.sample(std::to_string(count), "source=" + in_quotes(source.name) + ",result=" + in_quotes(result));
    }
  }
  out.family("source_enabled", "gauge", "1 when the source is asked at all.");
  for (const auto& source : s.sources) out.sample(flag(source.enabled), "source=" + in_quotes(source.name));
  out.family("source_last_good_age_seconds", "gauge",
             "Time since the source last gave a good answer; absent before its first.");
  for (const auto& source : s.sources) {
    if (source.last_good_age) out.sample(seconds(*source.last_good_age), "source=" + in_quotes(source.name));
  }
  out.gauge("blind", "1 when no source has answered for too long.", flag(s.blind));
  out.gauge("drain_would_start", "0 when nobody would start a drain, so that a reclaim would be seen in vain.",
            flag(s.drain_would_start));
  out.gauge("sources_disagree_seconds",
            "How long one source has announced a notice that the other denies; 0 when they agree.",
            seconds(s.sources_disagree));
  out.gauge("unseen_last_hour_seconds", "Time of the last hour in which no notice could have been seen.",
            seconds(s.unseen_last_hour));
  out.gauge("unseen_longest_seconds", "Longest stretch since start in which no notice could have been seen.",
            seconds(s.unseen_longest));
  out.gauge("clock_error_seconds", "Local wall clock minus the cloud's.", seconds(s.clock_error));
}

void write_notice(Writer& out, const MetricsSnapshot& s) {
  out.gauge("notice_pending", "1 when the cloud has announced the end of this instance.", flag(s.notice_pending));
  out.family("notice_left_seconds", "gauge", "Time until the announced end; absent without a notice.");
  if (s.notice_left) out.sample(seconds(*s.notice_left));
}

void write_histogram(Writer& out, const DurationHistogram& histogram) {
  out.family("hook_duration_seconds", "histogram", "How long hooks took.");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kHookBuckets.size(); ++i) {
    below += histogram.counts()[i];
    char bound[24];
    std::snprintf(bound, sizeof bound, "%g", kHookBuckets[i] / 1000.0);
    out.sample(std::to_string(below), "le=" + in_quotes(bound), "_bucket");
  }
  out.sample(std::to_string(histogram.count()), "le=\"+Inf\"", "_bucket");
  out.sample(seconds(histogram.sum()), {}, "_sum");
  out.sample(std::to_string(histogram.count()), {}, "_count");
}

void write_drains(Writer& out, const MetricsSnapshot& s) {
  out.family("drains_total", "counter", "Drains that came to their end, by how.");
  out.counts("outcome", s.drains);
  out.family("hooks_finished_total", "counter", "Hooks of drains, by how they ended.");
  out.counts("outcome", s.hooks_finished);
  write_histogram(out, s.hook_durations);
  out.family("drain_margin_seconds", "gauge",
             "Time left at the end of the last drain, negative when it was late; absent before one.");
  if (s.last_margin) out.sample(seconds(*s.last_margin));
  out.family("hooks", "gauge", "Hooks found, by whether they would be run.");
  out.counts("state", s.hooks_found);
  out.family("plan_margin_seconds", "gauge",
             "The usual notice less what the hooks ask for, negative when they do not fit.");
  if (s.plan_margin) out.sample(seconds(*s.plan_margin));
}

void write_reports(Writer& out, const MetricsSnapshot& s) {
  out.family("report_attempts_total", "counter", "Attempts to deliver a report, by sink and result.");
  for (const auto& sink : s.sinks) {
    for (const auto& [result, count] : sink.outcomes) {
      out.sample(std::to_string(count), "sink=" + in_quotes(sink.name) + ",result=" + in_quotes(result));
    }
  }
  out.family("reports_owed", "gauge", "Reports a sink has not got yet.");
  for (const auto& sink : s.sinks) out.sample(std::to_string(sink.owed), "sink=" + in_quotes(sink.name));
  out.gauge("reports_waiting", "Reports in the outbox.", std::to_string(s.reports_waiting));
  out.gauge("reports_waiting_bytes", "Size of the outbox.", std::to_string(s.reports_waiting_bytes));
  out.counter("reports_dropped_total", "Reports lost because the outbox was full.", s.reports_dropped);
  out.gauge("outbox_durable", "0 when reports are kept in memory only, because of the disk.", flag(s.outbox_durable));
}

}  // namespace

void DurationHistogram::add(Millis duration) {
  const auto bucket =
      std::find_if(kHookBuckets.begin(), kHookBuckets.end(), [&](int bound) { return duration.count() <= bound; });
  ++counts_[static_cast<std::size_t>(bucket - kHookBuckets.begin())];
  ++count_;
  sum_ += duration;
}

std::string metrics_text(const MetricsSnapshot& s) {
  Writer out;
  out.family("build_info", "gauge", "Always 1; the version is in the label.");
  out.sample("1", "version=" + in_quotes(s.version));
  out.gauge("start_time_seconds", "When preemptd started, in seconds since 1970.",
            seconds(Millis(s.started_at.time_since_epoch())));
  write_sources(out, s);
  write_notice(out, s);
  write_drains(out, s);
  write_reports(out, s);
  out.gauge("faults", "Features lost until something is fixed; preemptctl status names them.",
            std::to_string(s.faults));
  return out.take();
}

core::Result<void> write_metrics_file(const std::string& path, const std::string& text) {
  return sys::write_file_atomically(path, text, 0644, sys::Durable::no);
}

}  // namespace preemptd::report
