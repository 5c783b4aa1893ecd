#include "report/sinks/redactor.h"

#include <doctest/doctest.h>

using namespace preemptd;
using namespace preemptd::report;

TEST_CASE("own secrets: each is hidden wherever it shows, however it is spelled") {
  Redactor own;
  own.add("a/secret+b");
  own.add("");
  CHECK(own.redact("token a/secret+b, again a/secret+b") == "token ***, again ***");
  CHECK(own.redact("?t=a%2Fsecret%2Bb {\"t\":\"a\\/secret+b\"}") == "?t=*** {\"t\":\"***\"}");
  CHECK(own.redact("nothing of ours") == "nothing of ours");
}

TEST_CASE("own secrets: one that is part of another leaves nothing of the longer one") {
  Redactor own;
  own.add("inner");
  own.add("the-inner-one");
  own.add("inn");
  CHECK(own.redact("the-inner-one inner inn") == "*** *** ***");
}

TEST_CASE(
    "own secrets: of an address the path, the query and the user part are hidden, the host and short words are not") {
  Redactor own;
  own.add_url("https://ci:pa%24s@hooks.example:8443/services/T0/B0/pathSecret?room=general&token=query%2Bsecret");
  CHECK(own.redact("nothing at /services/T0/B0/pathSecret?room=general&token=query%2Bsecret of hooks.example:8443") ==
        "nothing at *** of hooks.example:8443");
  CHECK(own.redact("no hook pathSecret, T0, general") == "no hook ***, T0, general");
  CHECK(own.redact("token query+secret or query%2Bsecret") == "token *** or ***");
  CHECK(own.redact("pa$s pa%24s Y2k6cGEkcw==") == "*** *** ***");
  CHECK(own.redact("circa") == "circa");
  own.add_url("not an address");
  CHECK(own.redact("not an address") == "not an address");
}

TEST_CASE("own secrets: what only looks like a secret is hidden, too") {
  CHECK(Redactor().redact("Authorization: Bearer abc; sign=def") == "Authorization: Bearer=***; sign=***");
}
