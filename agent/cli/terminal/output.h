#pragma once
#include <cstdio>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace preemptd::cli {

using Json = nlohmann::json;

enum class Format {
  table,  ///< for people
  json,   ///< one document
  text,   ///< tab-separated rows without a heading, for cut and awk; what --query picks without quotes
  yaml,   ///< the document as YAML
  csv,    ///< rows with a heading, for spreadsheets
};

/// What a word means; the terminal decides how that looks.
enum class Tone { plain, strong, faint, good, warn, bad };

struct Cell {
  Cell(std::string said = {}, Tone meant = Tone::plain)
      : text(std::move(said)), tone(meant) {}  // NOLINT: a word is a cell
  Cell(const char* said) : text(said) {}       // NOLINT
  std::string text;
  Tone tone = Tone::plain;
};

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  bool shrinks = false;  ///< wraps at blanks when the terminal is too narrow; the last column does in any case
  int drop = 0;          ///< where wrapping is not enough, the column with the highest number goes first
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  ///< each as long as `columns`
  std::string when_empty;               ///< said instead of a table without rows
  bool heading = true;                  ///< false: a list of facts, whose columns need no names
};

/// Where and how to write. Tests give their own files.
struct Style {
  Format format = Format::table;
  bool colour = false;  ///< of stdout
  bool live = false;    ///< stderr is a terminal: progress may be redrawn
  int width = 0;        ///< columns of the terminal; 0: unlimited
  std::string query;    ///< JSON Pointer applied to the document; empty: all of it
};

/// What went wrong, for people and for programs. Empty members are not known.
struct Problem {
  std::string message;
  std::string code;                ///< the API's, or the name of our own
  std::string request_id;          ///< of the API
  std::string action;              ///< "ecs:RunInstances"
  std::vector<std::string> hints;  ///< what to do next, a sentence each
};

/// From the environment: NO_COLOR, TERM=dumb, COLUMNS and what the descriptors are.
Style style_of_terminal();

/// The only way a command speaks: results on stdout, everything about them on stderr. Text given to it must be fit for
/// a terminal (core::printable) when it came from outside. Not thread-safe.
class Output {
 public:
  Output(std::FILE* out, std::FILE* err, Style style) : out_(out), err_(err), style_(std::move(style)) {}

  const Style& style() const { return style_; }
  void set_format(Format format) { style_.format = format; }
  void set_colour(bool colour) { style_.colour = colour; }
  void set_query(std::string pointer) { style_.query = std::move(pointer); }
  bool for_people() const { return style_.format == Format::table; }
  /// The document is what will be shown, not rows.
  bool shows_document() const {
    return style_.format == Format::json || style_.format == Format::yaml || !style_.query.empty();
  }

  /// The answer: `document` for programs, `table` for people and for text. A --query that finds nothing is said, and
  /// fails the command.
  void result(const Json& document, const Table& table);
  /// Only the document, or what --query picks of it; a --query that finds nothing is bad_input, and so is csv for what
  /// is no rows.
  core::Result<void> document(const Json& value);
  /// Only the table; shown by --output text without its heading and cut to no width.
  void table(const Table& table);
  /// A line of the answer for people, on stdout. Silent in json and text formats.
  void line(std::string_view text = {});
  /// Bytes of the answer as they are.
  void raw(std::string_view bytes);

  /// Said about the answer, on stderr: "note: …", "warning: …", "error: …". In JSON each is one line with one document:
  /// {"note": …}, {"warning": …}, {"error": {"message", "code", "request_id", "action", "hint"}}.
  void note(std::string_view text);
  void warning(std::string_view text);
  void error(std::string_view text);
  void error(const core::Error& error);
  void problem(const Problem& problem);

  /// One line on stderr that the next one overwrites; nothing unless `live`. An empty text wipes it.
  void progress(std::string_view text);

  /// What was said so far leaves for the terminal now.
  void flush();

  std::string paint(Tone tone, std::string_view text) const;

  /// False once stdout could not be written (full disk, closed pipe), or the answer asked for was not in it.
  bool healthy() const { return healthy_; }

 private:
  void say(Tone tone, std::string_view kind, std::string_view text);
  void say_json(const Json& document);

  std::FILE* out_;
  std::FILE* err_;
  Style style_;
  bool progress_shown_ = false;
  bool healthy_ = true;
};

/// Columns a text takes on a terminal (CJK and emoji count two, combining marks none).
int display_width(std::string_view utf8);
/// At most `columns` wide, with "…" where cut.
std::string clipped(std::string_view utf8, int columns);

/// "2 min 31 s", "1.4 s", "300 ms": for sentences, not for reading back.
std::string spoken(std::int64_t millis);

}  // namespace preemptd::cli
