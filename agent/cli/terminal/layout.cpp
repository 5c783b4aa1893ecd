#include "cli/terminal/layout.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include "core/json.h"

namespace preemptd::cli {
namespace {

constexpr int kGap = 2;

/// A table on its way to a terminal: which columns are shown, and how wide.
struct Layout {
  std::vector<std::size_t> shown;  ///< indexes of columns
  std::vector<int> widths;         ///< of all columns
  std::vector<std::string> left_out;
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = text.find_first_not_of(' ', at);
    if (begin == text.npos) break;
    const auto end = std::min(text.find(' ', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    at = end;
  }
  return words;
}

int longest_word(std::string_view text) {
  int longest = 0;
  for (const auto word : words_of(text)) longest = std::max(longest, display_width(word));
  return longest;
}

/// The width of each column by its title and cells, as `measure` sees a text.
std::vector<int> widths_by(const Table& table, int (*measure)(std::string_view)) {
  std::vector<int> widths;
  for (const auto& column : table.columns) widths.push_back(table.heading ? measure(column.title) : 0);
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], measure(row[i].text));
  return widths;
}

bool is_empty(const Table& table, std::size_t column) {
  return std::all_of(table.rows.begin(), table.rows.end(),
                     [&](const auto& row) { return column >= row.size() || row[column].text.empty(); });
}

int total_of(const std::vector<std::size_t>& shown, const std::vector<int>& widths) {
  int total = kGap * (static_cast<int>(shown.size()) - 1);
  for (const auto column : shown) total += widths[column];
  return total;
}

bool may_wrap(const Table& table, std::size_t column) {
  return table.columns[column].shrinks || column + 1 == table.columns.size();
}

/// What goes next; never the first column.
std::size_t least_important(const Table& table, const std::vector<std::size_t>& shown) {
  const auto rank = [&](std::size_t column) {
    return std::tuple(is_empty(table, column), table.columns[column].drop, !table.columns[column].shrinks, column);
  };
  return *std::max_element(shown.begin() + 1, shown.end(),
                           [&](std::size_t one, std::size_t other) { return rank(one) < rank(other); });
}

/// Takes from the widest column that may wrap until the row fits, but no column below its longest word.
void squeeze(Layout& layout, const Table& table, const std::vector<int>& least, int width) {
  for (int over = total_of(layout.shown, layout.widths) - width; over > 0; --over) {
    std::size_t widest = table.columns.size();
    for (const auto i : layout.shown) {
      const bool may = may_wrap(table, i) && layout.widths[i] > least[i];
      if (may && (widest == table.columns.size() || layout.widths[i] > layout.widths[widest])) widest = i;
    }
    if (widest == table.columns.size()) return;
    --layout.widths[widest];
  }
}

/// Shows again what fits beside the rest after all, the most important first: a wide column may have gone since.
void take_back(std::vector<std::size_t>& shown, std::vector<std::size_t>& gone, const std::vector<int>& least,
               int width) {
  for (auto column = gone.rbegin(); column != gone.rend(); ++column) {
    auto more = shown;
    more.insert(std::lower_bound(more.begin(), more.end(), *column), *column);
    if (total_of(more, least) <= width) shown = std::move(more);
  }
  std::erase_if(gone, [&](std::size_t column) { return std::binary_search(shown.begin(), shown.end(), column); });
}

Layout laid_out(const Table& table, int width) {
  Layout layout{{}, widths_by(table, display_width), {}};
  for (std::size_t i = 0; i < table.columns.size(); ++i) layout.shown.push_back(i);
  if (width <= 0) return layout;
  std::vector<int> least = widths_by(table, longest_word);
  for (std::size_t i = 0; i < least.size(); ++i)
    least[i] = may_wrap(table, i) ? std::min(least[i], width / 2) : layout.widths[i];
  std::vector<std::size_t> gone;
  while (table.heading && layout.shown.size() > 1 && total_of(layout.shown, least) > width) {
    gone.push_back(least_important(table, layout.shown));
    std::erase(layout.shown, gone.back());
  }
  take_back(layout.shown, gone, least, width);
  for (const auto column : gone)
    if (!is_empty(table, column)) layout.left_out.push_back(table.columns[column].title);
  squeeze(layout, table, least, width);
  return layout;
}

/// The text in lines of at most `width`, broken at blanks; a longer word has a line of its own.
std::vector<std::string> wrapped(const std::string& text, int width) {
  if (display_width(text) <= width) return {text};
  std::vector<std::string> lines;
  for (const auto word : words_of(text)) {
    if (!lines.empty() && display_width(lines.back()) + 1 + display_width(word) <= width)
      lines.back() += " " + std::string(word);
    else
      lines.emplace_back(word);
  }
  return lines;
}

std::string padded(const std::string& text, Tone tone, int width, Align align, const Paint& paint) {
  const std::string blanks(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
  const std::string painted = paint(tone, text);
  return align == Align::right ? blanks + painted : painted + blanks;
}

std::string row_text(const std::vector<Cell>& row, const Table& table, const Layout& layout, const Paint& paint) {
  std::vector<std::vector<std::string>> cells;
  std::size_t height = 1;
  for (const auto i : layout.shown) {
    cells.push_back(i < row.size() ? wrapped(row[i].text, layout.widths[i]) : std::vector<std::string>{});
    height = std::max(height, cells.back().size());
  }
  std::string text;
  for (std::size_t line = 0; line < height; ++line) {
    std::size_t last = 0;  // nothing is padded behind the last cell with a text
    for (std::size_t at = 0; at < cells.size(); ++at)
      if (line < cells[at].size() && !cells[at][line].empty()) last = at;
    for (std::size_t at = 0; at <= last && at < cells.size(); ++at) {
      const auto column = layout.shown[at];
      const std::string piece = line < cells[at].size() ? cells[at][line] : "";
      const bool open_end = at == last && table.columns[column].align == Align::left;
      const Tone tone = column < row.size() ? row[column].tone : Tone::plain;
      text += std::string(at > 0 ? kGap : 0, ' ') +
              padded(piece, tone, open_end ? 0 : layout.widths[column], table.columns[column].align, paint);
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string aligned(const Table& table, int width, const Paint& paint) {
  const Layout layout = laid_out(table, width);
  std::vector<Cell> heading;
  for (const auto& column : table.columns) heading.emplace_back(column.title, Tone::strong);
  std::string text = table.heading ? row_text(heading, table, layout, paint) : "";
  for (const auto& row : table.rows) text += row_text(row, table, layout, paint);
  if (layout.left_out.empty()) return text;
  std::string names;
  for (const auto& name : layout.left_out) names += (names.empty() ? "" : ", ") + name;
  const std::string line = "columns left out: " + names + " (-o json has all)";
  for (const auto& part : wrapped(line, width)) text += paint(Tone::faint, part) + "\n";
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
