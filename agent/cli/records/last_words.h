#pragma once
#include <string>
#include <vector>

#include "cli/terminal/output.h"
#include "drain/journal/record.h"

namespace preemptd::cli {

/// For each hook that did not end well, the last ten lines it wrote: standard error, else standard output. From the
/// drain's folder; where that has none, or `folder` is empty, from the record's own tail of 1 KiB.
void show_last_words(Output& out, const drain::Record& record, const std::string& folder);

/// Pure: the last `most` lines of a text, each fit for a terminal. "\\n" in a record's tail is the end of a line.
std::vector<std::string> last_lines(const std::string& text, std::size_t most);

}  // namespace preemptd::cli
