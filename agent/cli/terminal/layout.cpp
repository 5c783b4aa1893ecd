#include "cli/terminal/layout.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include "core/json.h"

namespace preemptd::cli {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;

std::vector<int> natural_widths(const Table& table) {
  std::vector<int> widths;
  for (const auto& column : table.columns) widths.push_back(display_width(column.title));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i].text));
    }
  }
  return widths;
}

/// Takes from the widest column that may shrink until the row fits.
void squeeze(std::vector<int>& widths, const std::vector<Column>& columns, int width) {
  auto total = [&] {
    return std::accumulate(widths.begin(), widths.end(), kGap * (static_cast<int>(widths.size()) - 1));
  };
  while (total() > width) {
    int widest = -1;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool may = columns[i].shrinks && widths[i] > kNarrowest;
      if (may && (widest < 0 || widths[i] > widths[static_cast<std::size_t>(widest)])) widest = static_cast<int>(i);
    }
    if (widest < 0) return;
    --widths[static_cast<std::size_t>(widest)];
  }
}

std::string padded(const Cell& cell, int width, Align align, bool last, const Paint& paint) {
  const std::string text = clipped(cell.text, width);
  const std::string blanks(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
  const std::string painted = paint(cell.tone, text);
  if (align == Align::right) return blanks + painted;
  return last ? painted : painted + blanks;
}

std::string row_text(const std::vector<Cell>& row, const Table& table, const std::vector<int>& widths,
                     const Paint& paint) {
  std::string text;
  for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
    if (i > 0) text.append(kGap, ' ');
    text += padded(row[i], widths[i], table.columns[i].align, i + 1 == row.size(), paint);
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text + "\n";
}

}  // namespace

std::string aligned(const Table& table, int width, const Paint& paint) {
  auto widths = natural_widths(table);
  if (width > 0) squeeze(widths, table.columns, width);
  std::vector<Cell> heading;
  for (const auto& column : table.columns) heading.emplace_back(column.title, Tone::strong);
  std::string text = table.heading ? row_text(heading, table, widths, paint) : "";
  for (const auto& row : table.rows) text += row_text(row, table, widths, paint);
  return text;
}

std::string tab_separated(const Table& table) {
  std::string text;
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += '\t';
      for (const char c : row[i].text) text += (c == '\t' || c == '\n') ? ' ' : c;
    }
    text += '\n';
  }
  return text;
}

std::string comma_separated(const Table& table) {
  const auto field = [](const std::string& text) {
    if (text.find_first_of(",\"\r\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
  };
  const auto line = [&](const std::vector<std::string>& fields) {
    std::string text;
    for (std::size_t i = 0; i < fields.size(); ++i) text += (i > 0 ? "," : "") + field(fields[i]);
    return text + "\r\n";
  };
  std::vector<std::string> titles;
  for (const auto& column : table.columns) titles.push_back(column.title);
  const bool named = std::any_of(titles.begin(), titles.end(), [](const auto& title) { return !title.empty(); });
  std::string text = named ? line(titles) : "";
  for (const auto& row : table.rows) {
    std::vector<std::string> fields;
    for (const auto& cell : row) fields.push_back(cell.text);
    text += line(fields);
  }
  return text;
}

std::string bare_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>() + "\n";
  if (value.is_null()) return "\n";
  if (!value.is_array()) return core::dump_json(value) + "\n";
  std::string text;
  for (const auto& each : value) text += each.is_structured() ? core::dump_json(each) + "\n" : bare_text(each);
  return text;
}

core::Result<std::vector<std::string>> parse_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer.front() != '/')
    return core::fail(core::ErrorCode::bad_input, "a JSON Pointer starts with /", std::string(pointer));
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (pointer[i] == '~') {
      const char next = i + 1 < pointer.size() ? pointer[i + 1] : '\0';
      if (next != '0' && next != '1') {
        return core::fail(core::ErrorCode::bad_input, "in a JSON Pointer ~ is followed by 0 or 1",
                          std::string(pointer));
      }
      tokens.back() += next == '0' ? '~' : '/';
      ++i;
    } else {
      tokens.back() += pointer[i];
    }
  }
  return tokens;
}

const Json* find_in(const Json& document, const std::vector<std::string>& path) {
  const Json* at = &document;
  for (const auto& token : path) {
    if (at->is_object()) {
      auto found = at->find(token);
      if (found == at->end()) return nullptr;
      at = &*found;
    } else if (at->is_array()) {
      const bool digits =
          !token.empty() && token.size() < 10 && token.find_first_not_of("0123456789") == std::string::npos;
      if (!digits || std::stoul(token) >= at->size()) return nullptr;
      at = &(*at)[std::stoul(token)];
    } else {
      return nullptr;
    }
  }
  return at;
}

}  // namespace preemptd::cli
