#include "cli/records/record_page.h"

#include <algorithm>
#include <functional>

#include "cli/records/record_view.h"
#include "core/duration.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::cli {
namespace {

using core::Millis;

constexpr int kWidth = 960, kLabel = 210, kNote = 280, kRow = 28, kTop = 30;
constexpr int kBars = kWidth - kLabel - kNote;

constexpr std::string_view kStyle = R"(<style>
:root{--ink:#1c2430;--faint:#6b7686;--line:#e3e7ed;--paper:#fff;--good:#2f8f5b;--bad:#c8433a;--warn:#b7791f;--wait:#c9d3df}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf2;--faint:#93a0b3;--line:#2c3542;--paper:#151b23;--good:#4fbf83;--bad:#f0736a;--warn:#e0a54a;--wait:#3a4656}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:960px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1rem;margin:2rem 0 .5rem}.sub{color:var(--faint);margin:0 0 1.5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:0}dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--faint)}pre{margin:.3rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere;color:var(--faint);font-size:13px}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.faint{color:var(--faint)}
svg{width:100%;height:auto}svg text{font:13px system-ui,sans-serif;fill:var(--ink)}svg .t{fill:var(--faint)}svg line{stroke:var(--line)}svg line.end{stroke:var(--bad);stroke-dasharray:4 3}
rect.good{fill:var(--good)}rect.bad{fill:var(--bad)}rect.faint,rect.plain{fill:var(--wait)}rect.plan{fill:var(--faint);opacity:.55}rect.kept{fill:var(--wait);opacity:.6}.right{text-align:right;white-space:nowrap}th.right{text-align:right}
</style>)";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : core::valid_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

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

int across(Millis at, Millis length) {
  const auto inside = std::clamp<std::int64_t>(at.count(), 0, length.count());
  return kLabel + static_cast<int>(inside * kBars / std::max<std::int64_t>(1, length.count()));
}

std::string bar(const Span& span, const ChartRow& lane, Millis length, int y) {
  const int from = across(span.from, length), to = across(span.to, length);
  const bool plan = span.fill == Fill::allowed;
  const std::string css = span.fill == Fill::run ? std::string(class_of(lane.tone)) : plan ? "plan" : "kept";
  return "<rect class=\"" + css + "\" x=\"" + std::to_string(from) + "\" y=\"" + std::to_string(y + (plan ? 21 : 5)) +
         "\" width=\"" + std::to_string(std::max(2, to - from)) + "\" height=\"" + (plan ? "4" : "14") +
         "\" rx=\"2\"/>";
}

std::string text_at(int x, int y, const std::string& text, const char* more = "") {
  return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\"" + more + ">" + escaped(text) +
         "</text>";
}

std::string svg(const Timeline& timeline) {
  const int height = kTop + kRow * static_cast<int>(timeline.lanes.size()) + 6;
  std::string out = "<svg viewBox=\"0 0 " + std::to_string(kWidth) + " " + std::to_string(height) +
                    "\" role=\"img\" aria-label=\"Timeline of the drain\">";
  auto marks = ticks(timeline.length, 6);
  marks.insert(marks.begin(), Millis{0});
  for (const auto mark : marks) {
    const auto x = std::to_string(across(mark, timeline.length));
    out += "<line x1=\"" + x + "\" x2=\"" + x + "\" y1=\"" + std::to_string(kTop - 6) + "\" y2=\"" +
           std::to_string(height) + "\"/>";
    out += text_at(across(mark, timeline.length), kTop - 12, core::format_duration(mark),
                   " class=\"t\" text-anchor=\"middle\"");
  }
  const auto end = std::to_string(across(timeline.length, timeline.length));
  out += "<line class=\"end\" x1=\"" + end + "\" x2=\"" + end + "\" y1=\"" + std::to_string(kTop - 6) + "\" y2=\"" +
         std::to_string(height) + "\"><title>the deadline</title></line>";
  int y = kTop;
  for (const auto& lane : timeline.lanes) {
    out += text_at(0, y + 19, clipped(lane.label, 28));
    for (const auto& span : lane.spans) out += bar(span, lane, timeline.length, y);
    out += text_at(kLabel + kBars + 14, y + 19, clipped(lane.note, 40), " class=\"t\"");
    y += kRow;
  }
  return out + "</svg>\n";
}

std::string facts(const drain::Record& record, const EvidenceRuns& evidence) {
  std::string out = "<dl>\n";
  for (const auto& row : facts_table(record, evidence).rows) {
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

/// `more` is put below the text of a cell: it is HTML.
std::string html_table(const Table& table, const std::function<std::string(std::size_t row, std::size_t cell)>& more) {
  if (table.rows.empty()) return "<p class=\"faint\">" + escaped(table.when_empty) + "</p>\n";
  std::string out = "<table><thead><tr>";
  for (const auto& column : table.columns)
    out += (column.align == Align::right ? "<th class=\"right\">" : "<th>") + escaped(column.title) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    out += "<tr>";
    for (std::size_t cell = 0; cell < table.rows[row].size(); ++cell) {
      const auto& one = table.rows[row][cell];
      const bool right = table.columns[cell].align == Align::right;
      out += "<td class=\"" + std::string(class_of(one.tone)) + (right ? " right\">" : "\">") + escaped(one.text) +
             more(row, cell) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table>\n";
}

std::string plain(const Table& table) {
  return html_table(table, [](std::size_t, std::size_t) { return std::string(); });
}

std::string hooks(const drain::Record& record) {
  return html_table(hooks_table(record), [&](std::size_t row, std::size_t cell) {
    const auto& hook = record.hooks[row];
    return cell == 2 ? said("", hook.out) + said("stderr: ", hook.err) : "";
  });
}

}  // namespace

std::string html_page(const drain::Record& record, const EvidenceRuns& evidence) {
  const std::string title = "Drain " + record.notice.id;
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width\">"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'\"><title>" +
         escaped(title) + "</title>\n" + std::string(kStyle) + "</head><body>\n<h1>" + escaped(title) +
         "</h1>\n<p class=\"sub\">" +
         escaped(std::string(drain::name_of(record.state)) + ", started " + core::format_utc(record.started_at)) +
         "</p>\n" + facts(record, evidence) +
         "<h2>Timeline</h2>\n<p class=\"faint\">Bars: what ran. Thin lines: what was planned, should all before it "
         "take what they may. Dashed: the deadline.</p>\n" +
         svg(timeline_of(record, record.started_boot, record.started.deadline.at())) + "<h2>Hooks</h2>\n" +
         hooks(record) + "<h2>Polls around the notice</h2>\n" + plain(polls_table(record, evidence)) +
         "<h2>Reports</h2>\n" + plain(deliveries_table(record, evidence)) + "</body></html>\n";
}

}  // namespace preemptd::cli
