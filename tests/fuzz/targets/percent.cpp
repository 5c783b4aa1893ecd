#include "http/percent.h"

#include "fuzz/target.h"
#include "simulator/http/percent.h"

namespace preemptd::fuzz {

void fuzz(std::string_view input) {
  const auto coded = http::percent_encode(input);
  require(coded == simulator::percent_encode(input), "client and server code alike");
  require(http::percent_decode(coded) == std::string(input), "what is coded is decoded");
  require(http::percent_decode(input) == simulator::percent_decode(input, false), "client and server decode alike");
  if (const auto form = simulator::parse_form(input)) {
    const auto again = simulator::parse_form(simulator::canonical_form(*form));
    require(again == form, "a form in its canonical form is the same form");
  }
}

}  // namespace preemptd::fuzz
