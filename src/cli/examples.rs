//! What each command's `--help` teaches by example.

pub(super) const RUN: &str = "\
Examples:
  otpdrill run scenarios/quickstart.toml
      against the stub inside, with a line of progress
  otpdrill run scenarios/evening-peak.toml --speed 60 --tui
      an hour in a minute, shown in the terminal
  otpdrill run FILE --set countries.BR.weight=3 --set policy.resends=1
      another campaign without another file
  otpdrill run FILE --baseline reports/main --out reports/branch
      ends with 11 if anything is worse than in the run before
  otpdrill run FILE --target http://127.0.0.1:8086 --verify
      against a stub of yours; then checks that its dashboard tells the truth
  otpdrill run FILE --target aws --account-id 111122223333 --max-spend 1 --dry-run
      against AWS, which checks each message and sends none";

pub(super) const SIMULATE: &str = "\
Examples:
  otpdrill simulate scenarios/black-friday.toml
      a week in a moment; the same seed gives the same bytes
  otpdrill simulate FILE --seed 7 --messages --out /tmp/seven
      other draws, and a row for each message
  otpdrill simulate FILE --format json | jq .conversion.message
      one figure for a script";

pub(super) const PLAN: &str = "\
Examples:
  otpdrill plan scenarios/quota-starved.toml
      what binds, when, what it costs, and the quotas to ask for
  otpdrill plan FILE --goal 'expired_in_queue < 0.1%' --seeds 9
      the smallest quotas at which a goal holds, with more certainty
  otpdrill plan FILE --what-if service.quotas.SendTextMessage=20,50,100 --out plan
      how it changes with a quota; tables and plan.html go into `plan/`";

pub(super) const RESUME: &str = "\
Example:
  otpdrill resume reports/latest
      puts the feedback that a killed run still owed, then writes its reports";

pub(super) const REPORT: &str = "\
Examples:
  otpdrill report reports/latest     writes its report.html and junit.xml again, and tells where the page is
  otpdrill report old-run            a run of an older version gets today's page

They come from the other files of the folder alone: the same files give the same bytes.";

pub(super) const VERIFY: &str = "\
Examples:
  otpdrill verify reports/latest
      against whatever the run used
  otpdrill verify reports/latest --against cloudwatch --wait 15m
      against CloudWatch, whose data come late
  otpdrill verify reports/latest --against file:metrics.json
      against what `aws cloudwatch get-metric-data` printed";

pub(super) const COMPARE: &str = "\
Examples:
  otpdrill compare reports/main reports/branch
      better, worse, same, or not enough data: for every figure and country
  otpdrill compare reports/main reports/branch --alpha 0.001 --min-effect 0.02
      fewer false alarms; less than two points do not matter
  otpdrill compare before/ after/ --format json
      several runs on each side";

pub(super) const DOCTOR: &str = "\
Examples:
  otpdrill doctor FILE --target aws
      looks, changes nothing, and names what mends each finding
  otpdrill doctor --policy
      the IAM policy that a run needs";

pub(super) const MOCK: &str = "\
Examples:
  otpdrill mock
      then: aws pinpoint-sms-voice-v2 describe-account-attributes --endpoint-url http://127.0.0.1:8086
  otpdrill mock --listen 127.0.0.1:0 --account sandbox
      any free port (the first line says which), with a new account's rules";

pub(super) const COMPLETIONS: &str = "\
Examples:
  otpdrill completions bash > ~/.local/share/bash-completion/completions/otpdrill
  otpdrill completions zsh > \"${fpath[1]}/_otpdrill\"
  otpdrill completions fish > ~/.config/fish/completions/otpdrill.fish";

pub(super) const MAN: &str = "\
Example:
  otpdrill man ~/.local/share/man/man1 && man otpdrill-run
      a page for otpdrill and one for each of its commands";
