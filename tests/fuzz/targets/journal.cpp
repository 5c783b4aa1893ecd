#include <nlohmann/json.hpp>

#include "core/crc32c.h"
#include "drain/journal/history.h"
#include "drain/journal/journal.h"
#include "drain/journal/record.h"
#include "fuzz/target.h"

namespace preemptd::fuzz {
namespace {

/// A fuzzer does not find checksums: each line as the payload of a line whose checksum is right.
std::string with_checksums(std::string_view input) {
  std::string text;
  while (!input.empty()) {
    const std::string line(take_line(input));
    text += core::crc32c_digits(line) + " " + line + "\n";
  }
  return text;
}

void read(std::string_view text) {
  const auto journal = drain::decode_journal(text);
  require(journal.good_bytes <= text.size(), "what checks out is part of the text");
  const auto again = drain::decode_journal(text.substr(0, journal.good_bytes));
  require(again.entries.size() == journal.entries.size(), "and is read alike alone");
  std::string written;
  for (const auto& entry : journal.entries) written += drain::encode(entry);
  require(drain::decode_journal(written).entries.size() == journal.entries.size(), "what is written is read");
  if (const auto record = drain::record_of(journal.entries)) drain::to_json(*record).dump();
}

}  // namespace

void fuzz(std::string_view input) {
  read(input);
  read(with_checksums(input));
  const auto history = drain::History::parse(input);
  require(drain::History::parse(history.to_text()).to_text() == history.to_text(), "a history that is written is read");
}

}  // namespace preemptd::fuzz
