#include "cli/records/record_page.h"

#include <algorithm>
#include <cstdio>
#include <functional>

#include "cli/records/page_style.h"
#include "cli/records/record_view.h"
#include "cli/terminal/markup.h"
#include "core/duration.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/instances/launch.h"
#include "ecs/signing/digest.h"
#include "node/drain_result.h"

namespace preemptd::cli {
namespace {

using core::Millis;

std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::good: return "good";
    case Tone::bad: return "bad";
    case Tone::warn: return "warn";
    case Tone::faint: return "faint";
    case Tone::plain:
    case Tone::strong: break;
  }
  return "plain";
}

/// Where on the chart, in thousandths of a percent at most: "12.500%".
std::string percent(Millis at, Millis length) {
  const auto inside = std::clamp<std::int64_t>(at.count(), 0, length.count());
  char text[32];
  std::snprintf(text, sizeof text, "%.3f%%",
                static_cast<double>(inside) * 100 / static_cast<double>(std::max<std::int64_t>(1, length.count())));
  return text;
}

std::string bar(const Span& span, const ChartRow& lane, Millis length) {
  const bool plan = span.fill == Fill::allowed;
  const std::string css = span.fill == Fill::run ? std::string(class_of(lane.tone)) : plan ? "plan" : "kept";
  const auto whole = std::max(span.from, std::min(span.to, length));
  return "<i class=\"" + css + "\" style=\"left:" + percent(span.from, length) +
         ";width:" + percent(whole - std::max(Millis{0}, span.from), length) + "\"></i>";
}

std::string ticks_of(const Timeline& timeline, bool labelled) {
  std::string out;
  auto marks = ticks(timeline.length, 6);
  marks.insert(marks.begin(), Millis{0});
  for (const auto mark : marks) {
    const auto at = "style=\"left:" + percent(mark, timeline.length) + "\"";
    const bool at_end = mark * 10 > timeline.length * 9;  // centred, its text would stick out of a narrow page
    out += labelled
               ? std::string("<b ") + (at_end ? "class=\"end\" " : "") + at + ">" + core::format_duration(mark) + "</b>"
               : "<i class=\"tick\" " + at + "></i>";
  }
  return out;
}

/// data-run="1000,2500": what the script reads.
std::string data_of(const ChartRow& lane) {
  std::string out;
  for (const auto& span : lane.spans) {
    if (span.fill == Fill::reserved) continue;
    out += std::string(" data-") + (span.fill == Fill::run ? "run" : "plan") + "=\"" +
           std::to_string(span.from.count()) + "," + std::to_string(span.to.count()) + "\"";
  }
  return out;
}

std::string lane_of(const ChartRow& lane, const Timeline& timeline, bool is_hook) {
  std::string out = "<div class=\"lane\"";
  if (is_hook)
    out += " data-name=\"" + escaped(lane.label) + "\" data-ended=\"" + escaped(lane.note) + "\"" + data_of(lane);
  out += "><span>" + escaped(lane.label) + "</span><div class=\"track\">" + ticks_of(timeline, false);
  for (const auto& span : lane.spans) out += bar(span, lane, timeline.length);
  return out + "<i class=\"now\" style=\"left:0\"></i></div><span class=\"note\">" + escaped(lane.note) +
         "</span></div>\n";
}

std::string chart(const Timeline& timeline, std::size_t hooks) {
  std::string out =
      "<div class=\"chart\" role=\"img\" aria-label=\"Timeline of the drain\">\n<div class=\"lane axis\"><span></span>"
      "<div class=\"track\">" +
      ticks_of(timeline, true) + "</div><span></span></div>\n";
  for (std::size_t i = 0; i < timeline.lanes.size(); ++i) out += lane_of(timeline.lanes[i], timeline, i < hooks);
  return out + "</div>\n";
}

/// From the first poll to the deadline, or to the last report after it.
std::string scrubber(const Timeline& timeline, const std::vector<Millis>& moments) {
  Millis from{0}, to = timeline.length;
  for (const auto moment : moments) from = std::min(from, moment), to = std::max(to, moment);
  return "<div id=\"scrub\" hidden data-length=\"" + std::to_string(timeline.length.count()) +
         "\"><input type=\"range\" aria-label=\"A moment of the drain\" min=\"" + std::to_string(from.count()) +
         "\" max=\"" + std::to_string(to.count()) + "\" step=\"100\" value=\"" + std::to_string(from.count()) +
         "\"><output>Move the slider to see what was so at a moment: polls, plan, hooks, reports.</output></div>\n";
}

std::string facts(const drain::Record& record, const EvidenceRuns& evidence) {
  std::string out = "<dl>\n";
  for (const auto& row : facts_table(record, evidence).rows) {
    if (row[0].text == "drain") continue;  // it is the page's second line
    out += "<dt>" + escaped(row[0].text) + "</dt><dd class=\"" + std::string(class_of(row[1].tone)) + "\">" +
           escaped(row[1].text) + "</dd>\n";
  }
  return out + "</dl>\n";
}

/// The record keeps tails on one line, with "\\n" where a line ended.
std::string said(const char* stream, const drain::OutputSummary& output) {
  if (output.tail.empty()) return "";
  std::string text = output.tail;
  for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at + 1)) text.replace(at, 2, "\n");
  return "<pre>" + std::string(stream) + escaped(std::string(core::trim(text))) + "</pre>";
}

using RowAttributes = std::function<std::string(std::size_t row)>;
using CellMore = std::function<std::string(std::size_t row, std::size_t cell)>;

/// `more` is put below the text of a cell: it is HTML.
std::string html_table(const Table& table, const RowAttributes& attributes, const CellMore& more) {
  if (table.rows.empty()) return "<p class=\"faint\">" + escaped(table.when_empty) + "</p>\n";
  std::string out = "<table><thead><tr>";
  for (const auto& column : table.columns)
    out += (column.align == Align::right ? "<th class=\"right\">" : "<th>") + escaped(column.title) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    out += "<tr" + attributes(row) + ">";
    for (std::size_t cell = 0; cell < table.rows[row].size(); ++cell) {
      const auto& one = table.rows[row][cell];
      const bool right = table.columns[cell].align == Align::right;
      out += "<td data-title=\"" + escaped(table.columns[cell].title) + "\" class=\"" +
             std::string(class_of(one.tone)) + (right ? " right\">" : "\">") + escaped(one.text) + more(row, cell) +
             "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table>\n";
}

/// A table whose rows happened at `times`, on the chart's clock. `summary` are the cells the scrubber reads out.
std::string timed(const Table& table, const std::vector<Millis>& times, const std::string& kind,
                  const std::vector<std::size_t>& summary) {
  const auto attributes = [&](std::size_t row) {
    std::string text;
    for (const auto cell : summary) text += (text.empty() ? kind + ": " : " ") + table.rows[row][cell].text;
    return " data-at=\"" + std::to_string(times[row].count()) + "\" data-kind=\"" +
           escaped(kind + table.rows[row][summary[0]].text) + "\" data-text=\"" + escaped(text) + "\"";
  };
  return html_table(table, attributes, [](std::size_t, std::size_t) { return std::string(); });
}

std::string hooks(const drain::Record& record) {
  return html_table(
      hooks_table(record), [](std::size_t) { return std::string(); },
      [&](std::size_t row, std::size_t cell) {
        const auto& hook = record.hooks[row];
        return cell == 2 ? said("", hook.out) + said("stderr: ", hook.err) : "";
      });
}

std::vector<Millis> shifted(std::vector<Millis> times, Millis by) {
  for (auto& time : times) time += by;
  return times;
}

/// The policy lets the page's own script run, by its digest, and nothing else.
std::string policy() {
  const std::string hex = ecs::sha256_hex(kPageScript);
  std::string digest;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    digest += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + ecs::base64(digest) + "'";
}

std::string head(const std::string& title) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" content=\"" +
         policy() + "\"><title>" + escaped(title) + "</title>\n" + std::string(kPageStyle) + "</head>";
}

std::string headline(const drain::Record& record) {
  const auto result = node::result_of(record);
  const char* css = result.failed > 0 ? "bad" : result.margin ? "good" : "warn";
  return std::string("<h1 class=\"") + css + "\">" + escaped(core::drain_verdict(result)) + "</h1>\n<p class=\"sub\">" +
         escaped("Drain " + record.notice.id + ", " + std::string(drain::name_of(record.state)) + ", started " +
                 core::format_utc(record.started_at) +
                 (record.notice.rehearsal ? ", rehearsal at speed " + std::to_string(record.notice.speed) : "")) +
         "</p>\n";
}

}  // namespace

std::string html_page(const drain::Record& record, const EvidenceRuns& evidence) {
  const Timeline timeline = timeline_of(record, record.started_boot, record.started.deadline.at());
  const auto polls = shifted(poll_times(record, evidence), notice_in_chart(record));
  const auto reports = shifted(delivery_times(record, evidence), notice_in_chart(record));
  auto moments = polls;
  moments.insert(moments.end(), reports.begin(), reports.end());
  return head("Drain " + record.notice.id) + "<body>\n" + headline(record) + facts(record, evidence) +
         "<h2>Timeline</h2>\n<p class=\"faint\">Thick bars: when hooks ran. Thin bars: the latest they were planned to "
         "run. Dashed line: the deadline.</p>\n" +
         chart(timeline, record.hooks.size()) + scrubber(timeline, moments) + "<h2>Hooks</h2>\n" + hooks(record) +
         "<h2>Polls around the notice</h2>\n" + timed(polls_table(record, evidence), polls, "poll", {2, 4}) +
         "<h2>Reports</h2>\n" + timed(deliveries_table(record, evidence), reports, "report", {1, 2, 3}) + "<script>" +
         std::string(kPageScript) + "</script></body></html>\n";
}

}  // namespace preemptd::cli
