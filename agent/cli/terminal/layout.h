#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal/output.h"

/// Pure: how rows become text.
namespace preemptd::cli {

using Paint = std::function<std::string(Tone, std::string_view)>;

/// Columns two blanks apart under a heading, no trailing blanks. Wider than `width` (0: unlimited): columns that may
/// shrink wrap at blanks. Where their longest words do not fit either, columns are left out, those with nothing in them
/// first, then by Column::drop, then from the right, never the first; a last line names them. No word is broken.
std::string aligned(const Table& table, int width, const Paint& paint);

/// One row a line, cells apart by TAB; a TAB or newline inside a cell becomes a blank.
std::string tab_separated(const Table& table);

/// RFC 4180 with the columns' titles as the first row, unless none has one.
std::string comma_separated(const Table& table);

/// A part of a document for the shell: a text without quotes, a list's items a line each, everything else as JSON.
std::string bare_text(const Json& value);

/// The reference tokens of a JSON Pointer (RFC 6901), or bad_input.
core::Result<std::vector<std::string>> parse_pointer(std::string_view pointer);
/// What the tokens lead to; null when nothing.
const Json* find_in(const Json& document, const std::vector<std::string>& path);

}  // namespace preemptd::cli
